# shellcheck shell=bash
# Functions that give a script a private Postgres cluster of its own. Sourced, not run.

# The directory of initdb, postgres and pg_ctl.
postgres_bin() {
    if command -v pg_ctl >/dev/null 2>&1; then
        dirname "$(command -v pg_ctl)"
    else
        ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1
    fi
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
    [ "$(id -u)" = 0 ] && chown postgres "$dir"
    as_postgres "$bin/initdb" --pgdata="$dir/data" --username=sluice --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || {
        cat "$dir/initdb.log" >&2
        return 1
    }
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "port = $port"
        echo "unix_socket_directories = '$dir'"
        for setting in "$@"; do echo "$setting"; done
    } >>"$dir/data/postgresql.conf"
    as_postgres "$bin/pg_ctl" --pgdata="$dir/data" --log="$dir/postgres.log" --wait --timeout=60 start >/dev/null || {
        cat "$dir/postgres.log" >&2
        return 1
    }
}

# stop_postgres DIR [mode]
stop_postgres() {
    [ -d "$1/data" ] && as_postgres "$(postgres_bin)/pg_ctl" --pgdata="$1/data" --mode="${2:-fast}" --wait stop >/dev/null 2>&1
    return 0
}

# free_port: a TCP port that nothing listens on now.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
