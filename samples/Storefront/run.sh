#!/usr/bin/env bash
# The shop on several nodes, from a clean clone: builds, starts a private Redis and PostgreSQL and the nodes, drives load, says what came of it,
# and removes everything again. Exit code: 0; 1 if an answer was stale, a request failed, or something didn't start; 2 for a bad call.
set -euo pipefail

usage="usage: samples/Storefront/run.sh [--nodes N] [--seconds S] [--strict] [--json] [--sabotage]

  --nodes N     how many nodes serve the shop, 1 to 16 (default 3)
  --seconds S   how long the load runs, 1 to 86400 (default 15)
  --strict      each read shows every write that had returned before, on whichever node
  --json        end with one line of JSON
  --sabotage    a test of the checks: some writes go past the cache, must be found, and the exit code must be 1

Needs the .NET 10 SDK, redis-server and PostgreSQL's programs. ZOOCACHE_POSTGRES='Host=…;Username=…;Password=…' names a server to use
instead of a private one; the shop gets a database of its own there, which is removed at the end."

fail_usage() {
  printf '%s\n%s\n' "$1" "$usage" >&2
  exit 2
}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# ---- arguments

nodes=3 seconds=15
node_options=() load_options=()

whole_number() { # name, value, most
  [[ $2 =~ ^[1-9][0-9]{0,8}$ && $2 -le $3 ]] || fail_usage "$1: must be a whole number from 1 to $3, not '$2'."
}

while [[ $# -gt 0 ]]; do
  name=${1%%=*}
  case $name in
    --nodes | --seconds)
      if [[ $1 == *=* ]]; then
        value=${1#*=}
      elif [[ $# -gt 1 ]]; then
        value=$2
        shift
      else
        fail_usage "$name: needs a number."
      fi
      if [[ $name == --nodes ]]; then
        whole_number "$name" "$value" 16
        nodes=$value
      else
        whole_number "$name" "$value" 86400
        seconds=$value
      fi
      ;;
    *)
      case $1 in
        --strict) node_options+=(--strict) load_options+=(--strict) ;;
        --json) load_options+=(--json) ;;
        --sabotage) node_options+=(--sabotage) ;; # a self-test: some writes go past the cache, and must be found
        --help | -h)
          printf '%s\n' "$usage"
          exit 0
          ;;
        *) fail_usage "$1: no such option." ;;
      esac
      ;;
  esac
  shift
done

# ---- what is ours and goes away with us: a directory, the processes that we started, a database

cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")"
work=$(mktemp -d "${TMPDIR:-/tmp}/zoocache-storefront.XXXXXX")
chmod 755 "$work"
servers=() # process ids, ended in the reverse order
job=       # the process group of the command that runs
postgres=  # the data of the private PostgreSQL
database=  # the connection string of a database on a server that isn't ours

# Asks a process to end, and ends it if it doesn't.
end_process() {
  local i
  kill -TERM "$1" 2>/dev/null || return 0
  for ((i = 0; i < 50; i++)); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

clean_up() {
  local i
  trap '' INT TERM HUP
  [[ -z $job ]] || kill -KILL -- "-$job" 2>/dev/null || true
  for ((i = ${#servers[@]} - 1; i >= 0; i--)); do
    end_process "${servers[i]}"
  done
  [[ -z $database ]] || dotnet "$program" seed --postgres "$database" --remove >/dev/null 2>&1 || true
  [[ -z $postgres ]] || as_database_user pg_ctl --pgdata "$postgres" --mode immediate --silent stop >/dev/null 2>&1 || true
  rm -rf -- "$work"
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Runs a command in a process group of its own, so that a signal to us ends the wait and then the group.
run() {
  local code=0
  set -m
  "$@" </dev/null &
  job=$!
  set +m
  wait "$job" || code=$?
  kill -KILL -- "-$job" 2>/dev/null || true
  job=
  return "$code"
}

# ---- what is needed

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 # a fresh machine has no ICU, and nothing here depends on a culture
if [[ ! -w ${HOME:-/nowhere} ]]; then
  export HOME=$work/home
  mkdir "$HOME"
fi

for directory in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
  if ! command -v dotnet >/dev/null && [[ -n $directory && -x $directory/dotnet ]]; then
    PATH=$directory:$PATH
  fi
done

dotnet --list-sdks 2>/dev/null | grep -q '^10\.' ||
  fail "The .NET 10 SDK is needed and 'dotnet' doesn't offer it: https://dotnet.microsoft.com/download/dotnet/10.0"

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

# Debian and others keep the server's programs off the PATH. The newest comes last in the list and first in the PATH.
add_postgres_to_path() {
  local directory
  command -v initdb >/dev/null && command -v pg_ctl >/dev/null && return
  for directory in /opt/homebrew/opt/postgresql*/bin /usr/pgsql-*/bin /usr/lib/postgresql/*/bin; do
    [[ ! -x $directory/initdb ]] || PATH=$directory:$PATH
  done
}

need() { # command, Debian's package
  command -v "$1" >/dev/null && return
  echo "$1 is needed: installing $2"
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"; } </dev/null >&2 || true
  add_postgres_to_path
  command -v "$1" >/dev/null || fail "There is no $1, and $2 could not be installed: install it, so that $1 is on the PATH."
}

add_postgres_to_path
need redis-server redis-server
[[ -n ${ZOOCACHE_POSTGRES:-} ]] || need initdb postgresql

# ---- build

echo "building"
run dotnet build Storefront.csproj --configuration Release --disable-build-servers -nodeReuse:false -m:2 -v:quiet >"$work/build.log" 2>&1 ||
  fail "$(<"$work/build.log")" "It doesn't build."
program=$PWD/bin/Release/net10.0/Storefront.dll

# ---- Redis and PostgreSQL, on ports of the loopback interface that are free. A port that is taken makes a start fail, and another one is tried;
# the range lies below the ports that systems give to clients.

free_port() {
  echo $((20000 + RANDOM % 10000))
}

start_redis() {
  local pid i
  for _ in {1..10}; do
    redis_port=$(free_port)
    : >"$work/redis.log"
    redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir "$work" >"$work/redis.log" 2>&1 </dev/null &
    pid=$!
    servers+=("$pid")
    for ((i = 0; i < 100; i++)); do
      kill -0 "$pid" 2>/dev/null || break
      ! grep -q 'Ready to accept connections' "$work/redis.log" || return 0
      sleep 0.1
    done
    end_process "$pid"
    unset 'servers[-1]'
  done
  return 1
}

# The server refuses to run as root; and its programs need a current directory that their user may enter.
as_database_user() {
  local as=()
  if [[ $(id -u) -eq 0 ]]; then
    id postgres >/dev/null 2>&1 && as=(runuser -u postgres --) || as=(runuser -u nobody --)
  fi
  (cd "$work" && ${as[@]+"${as[@]}"} "$@")
}

start_postgres() {
  local directory=$work/postgres port
  mkdir "$directory"
  [[ $(id -u) -ne 0 ]] || chown "$(as_database_user id -u)" "$directory" || return 1
  as_database_user initdb --pgdata "$directory/data" --username postgres --auth trust --encoding UTF8 --locale C \
    --no-sync >"$work/postgres.log" 2>&1 || return 1
  postgres=$directory/data
  for _ in {1..10}; do
    port=$(free_port)
    if as_database_user pg_ctl --pgdata "$postgres" --log "$directory/log" --silent --wait start --options "-p $port \
      -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=500 -c fsync=off" >>"$work/postgres.log" 2>&1; then
      connection="Host=127.0.0.1;Port=$port;Username=postgres;Database=storefront;Maximum Pool Size=25"
      return 0
    fi
  done
  return 1
}

start_redis || fail "$(tail -n 5 "$work/redis.log")" "Redis didn't start."
echo "Redis: port $redis_port"
if [[ -n ${ZOOCACHE_POSTGRES:-} ]]; then
  database="$ZOOCACHE_POSTGRES;Database=storefront_$$_$RANDOM"
  connection="$database;Maximum Pool Size=25"
  echo "PostgreSQL: the server that ZOOCACHE_POSTGRES names"
else
  start_postgres || fail "$(tail -n 5 "$work/postgres.log" "$work/postgres/log" 2>/dev/null)" "PostgreSQL didn't start."
  echo "PostgreSQL: $(pg_ctl --version)"
fi

# ---- the shop

run dotnet "$program" seed --postgres "$connection" >"$work/seed.log" 2>&1 || fail "$(tail -n 20 "$work/seed.log")" "The shop's database couldn't be made."

urls=
for ((node = 1; node <= nodes; node++)); do
  log=$work/node-$node.log
  dotnet "$program" node --postgres "$connection" --redis "127.0.0.1:$redis_port" ${node_options[@]+"${node_options[@]}"} >"$log" 2>&1 </dev/null &
  servers+=($!)
done

# Each node takes a free port and says which.
for ((node = 1; node <= nodes; node++)); do
  log=$work/node-$node.log pid=${servers[node]} url=
  for ((i = 0; i < 600; i++)); do
    url=$(sed -n 's/^listening on //p' "$log")
    [[ -z $url ]] && kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  [[ -n $url ]] || fail "$(tail -n 20 "$log")" "Node $node didn't start."
  echo "node $node: $url"
  urls+=${urls:+,}$url
done

echo "load: $seconds s, once the nodes are ready and warm"
code=0
run dotnet "$program" load --nodes "$urls" --seconds "$seconds" ${load_options[@]+"${load_options[@]}"} || code=$?

# A node that has ended, or complains, is worth to be known of.
for ((node = 1; node <= nodes; node++)); do
  if ! kill -0 "${servers[node]}" 2>/dev/null; then
    printf 'node %s has ended:\n' "$node" >&2
    tail -n 20 "$work/node-$node.log" >&2
    code=$((code == 0 ? 1 : code))
  elif [[ $code -ne 0 ]]; then
    sed -n '/^listening on /d; 1,20p' "$work/node-$node.log" >&2
  fi
done
exit "$code"
