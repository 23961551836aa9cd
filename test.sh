#!/usr/bin/env bash
# The one test command. Builds once, runs the test projects, and ends with one line: "N passed, N failed[, N skipped]".
# Exit code: 0 if everything passed; 1 if a test failed, or a project didn't build, crashed, or ran no test; 2 for a bad call.
set -euo pipefail

usage="usage: ./test.sh [core|integration|consistency|all] [--oracle-steps N] [--seed N]

  --oracle-steps N   how many steps the consistency oracle takes (ZOOCACHE_ORACLE_STEPS)
  --seed N           replays a run: the seed that a failure named (ZOOCACHE_SEED)"

# What a project needs beyond the .NET 10 SDK, one line each: "project command debian-package"; in the place of a command, python:module or library:name.
# SQLite comes with NuGet.
needs=(
  "core python:msgpack python3-msgpack"
  "core python:lz4.block python3-lz4"
  "integration initdb postgresql"
  "integration redis-server redis-server"
  "integration library:liblmdb liblmdb0"
  "integration tmux tmux"
  "integration chromium chromium"
  "integration chromedriver chromium-driver"
  "consistency initdb postgresql"
)

cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")"

fail_usage() {
  printf '%s\n%s\n' "$1" "$usage" >&2
  exit 2
}

# ---- arguments

projects=(core integration consistency)
if [[ $# -gt 0 && $1 != -* ]]; then
  case $1 in
    core | integration | consistency) projects=("$1") ;;
    all) ;;
    *) fail_usage "$1: no such test project." ;;
  esac
  shift
fi

while [[ $# -gt 0 ]]; do
  name=${1%%=*}
  case $name in
    --help | -h)
      printf '%s\n' "$usage"
      exit 0
      ;;
    --oracle-steps | --seed) ;;
    *) fail_usage "$1: no such option." ;;
  esac

  if [[ $1 == *=* ]]; then
    value=${1#*=}
  elif [[ $# -gt 1 ]]; then
    value=$2
    shift
  else
    fail_usage "$name: needs a number."
  fi
  shift

  [[ $value =~ ^[0-9]+$ ]] || fail_usage "$name: must be a whole number, not '$value'."
  case $name in
    --oracle-steps) export ZOOCACHE_ORACLE_STEPS=$value ;;
    --seed) export ZOOCACHE_SEED=$value ;;
  esac
done

# ---- what is ours and goes away with us: a directory, the process group of the command that runs, a database server

work=$(mktemp -d "${TMPDIR:-/tmp}/zoocache-test.XXXXXX")
mkdir "$work/tmp" "$work/results"
chmod 755 "$work" && chmod 1777 "$work/tmp"
group=
progress=

end_progress() {
  [[ -z $progress ]] || kill "$progress" 2>/dev/null || true
  progress=
}

end_group() {
  [[ -z $group ]] || kill -KILL -- "-$group" 2>/dev/null || true
  group=
}

postgres=

stop_postgres() {
  [[ -z $postgres ]] || as_database_user pg_ctl --pgdata "$postgres" --mode immediate --silent stop >/dev/null 2>&1 || true
  postgres=
}

trap 'end_group; stop_postgres; rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Runs a command in a process group of its own and ends what it left running there.
run() {
  set -m
  "$@" </dev/null &
  group=$!
  set +m
  local code=0
  wait "$group" || code=$?
  end_group
  return "$code"
}

# ---- the SDK, and what else is needed

export TMPDIR=$work/tmp
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

if ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
  echo "The .NET 10 SDK is needed and 'dotnet' doesn't offer it: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 1
fi

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

is_there() {
  case $1 in
    python:*) python3 -c "import ${1#python:}" 2>/dev/null || /usr/bin/python3 -c "import ${1#python:}" 2>/dev/null ;;
    library:*) find /lib /usr/lib /usr/local/lib /opt/homebrew/lib -name "${1#library:}.*" -print -quit 2>/dev/null | grep -q . ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

add_postgres_to_path
for need in "${needs[@]}"; do
  read -r project command package <<<"$need"
  [[ $command != initdb || -z ${ZOOCACHE_POSTGRES:-} ]] || continue
  if [[ " ${projects[*]} " == *" $project "* ]] && ! is_there "$command"; then
    echo "$project needs $command: installing $package"
    { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"; } </dev/null ||
      echo "warning: $package could not be installed; tests that need it will say so." >&2
    add_postgres_to_path
  fi
done

# ---- PostgreSQL: the server that ZOOCACHE_POSTGRES names, or one of our own on a free port of the loopback interface

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
  command -v initdb >/dev/null && command -v pg_ctl >/dev/null || return 1
  mkdir "$directory" || return 1
  [[ $(id -u) -ne 0 ]] || chown "$(as_database_user id -u)" "$directory" || return 1
  as_database_user initdb --pgdata "$directory/data" --username postgres --auth trust --encoding UTF8 --locale C \
    --no-sync >"$work/initdb.log" 2>&1 || return 1

  # A port that is taken makes the start fail; the range lies below the ports that systems give to clients.
  postgres=$directory/data
  for _ in {1..10}; do
    port=$((20000 + RANDOM % 10000))
    if as_database_user pg_ctl --pgdata "$postgres" --log "$directory/log" --silent --wait start --options "-p $port \
      -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 -c autovacuum=off \
      -c fsync=off -c synchronous_commit=off -c full_page_writes=off" >/dev/null 2>&1; then
      export ZOOCACHE_POSTGRES="Host=127.0.0.1;Port=$port;Username=postgres"
      echo "PostgreSQL: $(pg_ctl --version), port $port"
      return 0
    fi
  done
  return 1
}

if [[ "${projects[*]}" != core && -z ${ZOOCACHE_POSTGRES:-} ]] && ! start_postgres; then
  echo
  echo "WARNING: there is no PostgreSQL server, and none could be started: its tests are skipped (with CI=true they fail)." >&2
  echo "         Install postgresql, or set ZOOCACHE_POSTGRES='Host=…;Username=…;Password=…' to a superuser's connection." >&2
  tail -n 5 "$work/initdb.log" "$work/postgres/log" 2>/dev/null >&2 || true
fi

# ---- build once, then run

directory_of() {
  case $1 in
    core) echo tests/Core ;;
    integration) echo tests/Integration ;;
    consistency) echo tests/Consistency ;;
  esac
}

passed=0 failed=0 skipped=0

finish() {
  echo
  if [[ $skipped -gt 0 ]]; then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
  [[ $failed -eq 0 ]] && exit 0 || exit 1
}

target=ZooCache.sln
[[ ${#projects[@]} -gt 1 ]] || target=$(directory_of "${projects[0]}")
started=$SECONDS
if ! run dotnet build "$target" --configuration Release --disable-build-servers -nodeReuse:false -m:2 -v:minimal; then
  echo "build: FAILED after $((SECONDS - started)) s; it counts as one failure"
  failed=1
  finish
fi
echo "build: $((SECONDS - started)) s"

# Reads a trx file into total, executed, ok and outcome; false if it isn't a finished one.
read_trx() {
  [[ -s $1 ]] && tail -c 64 "$1" | grep -q '</TestRun>' || return 1
  local counters
  counters=$(tr '\r\n' '  ' <"$1" | grep -o '<Counters [^>]*>') || return 1
  [[ $(wc -l <<<"$counters") -eq 1 ]] || return 1
  outcome=$(tr '\r\n' '  ' <"$1" | sed -n 's/.*<ResultSummary outcome="\([A-Za-z]*\)".*/\1/p')
  total=$(counter total) executed=$(counter executed) ok=$(counter passed)
  [[ $total =~ ^[0-9]+$ && $executed =~ ^[0-9]+$ && $ok =~ ^[0-9]+$ ]]
}

counter() {
  sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"
}

# Tests that take minutes write here how far they are; it is shown at once.
export ZOOCACHE_PROGRESS=$work/progress
: >"$ZOOCACHE_PROGRESS"
tail -n +1 -f --pid=$$ "$ZOOCACHE_PROGRESS" &
progress=$!

for project in "${projects[@]}"; do
  echo
  echo "== $project"
  started=$SECONDS
  trx=$work/results/$project.trx
  code=0
  run dotnet test "$(directory_of "$project")" --configuration Release --no-build -nodeReuse:false \
    --logger "trx;LogFileName=$project.trx" --results-directory "$work/results" || code=$?

  # Whatever was executed and didn't pass has failed: errors, time-outs and aborted tests too. xunit counts a skipped
  # test in the total only.
  total=0 executed=0 ok=0 outcome= problem=
  if ! read_trx "$trx"; then
    problem="left no finished results (exit code $code)"
    total=0 executed=0 ok=0
  elif [[ $executed -eq 0 ]]; then
    problem="ran no test"
  elif [[ $outcome != Completed && $executed -eq $ok ]]; then
    problem="did not run to its end ($outcome, exit code $code)"
  elif [[ $code -ne 0 && $executed -eq $ok ]]; then
    problem="ended with exit code $code though no test failed"
  fi

  bad=$((executed - ok))
  line="$project: $ok passed, $bad failed, $((total - executed)) skipped in $((SECONDS - started)) s"
  if [[ -n $problem ]]; then
    line+="; it $problem, which counts as one failure"
    bad=$((bad + 1))
  fi
  echo "$line"
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - executed))
done

sleep 1 # for the last lines of the progress
end_progress
finish
