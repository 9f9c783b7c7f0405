// glibc's settings of its allocator, which Swift's Glibc does not name.
#ifndef SLUICE_CMALLOC_SHIM_H
#define SLUICE_CMALLOC_SHIM_H

#include <malloc.h>

#endif
