"""target-postgres 1.1.3 uses a name that Python 3.10 took away; put on its path, this gives it back before it starts."""

import collections
import collections.abc

collections.MutableMapping = collections.abc.MutableMapping
