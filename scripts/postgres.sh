# shellcheck shell=bash
# Functions that give a script a private Postgres cluster of its own. Sourced, not run.

# The directory of initdb, postgres and pg_ctl; nothing when they are not installed.
postgres_bin() {
    local dir
    if command -v initdb >/dev/null 2>&1; then
        dirname "$(command -v initdb)"
        return
    fi
    # Debian keeps them outside of PATH, one directory a version.
    for dir in /usr/lib/postgresql/*/bin; do
        if [ -x "$dir/initdb" ]; then echo "$dir"; fi
    done | sort -V | tail -n 1
}

# initdb and postgres refuse to run as root: then the cluster belongs to the system user postgres.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@")
    else
        "$@"
    fi
}

# start_postgres DIR PORT [setting=value ...]: makes a new cluster in DIR and starts it on 127.0.0.1:PORT.
start_postgres() {
    local dir=$1 port=$2 bin setting
    shift 2
    bin=$(postgres_bin)
    mkdir -p "$dir"
    if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
    as_postgres "$bin/initdb" --pgdata="$dir/data" --username=sluice --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
        </dev/null >"$dir.initdb.log" 2>&1 || {
        cat "$dir.initdb.log" >&2
        return 1
    }
    rm -f "$dir.initdb.log"
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "port = $port"
        # The path of a socket has 107 bytes; that of a temporary directory may have more.
        echo "unix_socket_directories = ''"
        for setting in "$@"; do echo "$setting"; done
    } | as_postgres tee -a "$dir/data/postgresql.conf" >/dev/null
    as_postgres "$bin/pg_ctl" --pgdata="$dir/data" --log="$dir/postgres.log" --wait --timeout=60 start </dev/null >/dev/null || {
        cat "$dir/postgres.log" >&2
        return 1
    }
}

# stop_postgres DIR: stops the cluster and removes it.
stop_postgres() {
    if [ -d "$1/data" ]; then
        as_postgres "$(postgres_bin)/pg_ctl" --pgdata="$1/data" --mode=immediate --wait stop </dev/null >/dev/null 2>&1 || true
    fi
    rm -rf "$1"
}

# free_port: a TCP port that nothing listens on now.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
