#!/usr/bin/env bash
# A Slurm of one node, this machine, to try the workflow's profile on: no systemd, no cgroups, no
# database. All of it lies in one folder; nothing under /etc or /var is touched, any user may start it.
#   one_node.sh install             the Debian packages it needs (root)
#   one_node.sh start FOLDER [CPUS] munge, slurmctld and slurmd; then: . FOLDER/environment
#   one_node.sh stop FOLDER         end them, and the jobs with them
set -euo pipefail

PACKAGES="munge slurm-client slurmctld slurmd"
PATH=$PATH:/usr/sbin:/sbin

configure() { # FOLDER CPUS: every path, and two ports that no real Slurm uses, SLURM_TEST_PORT and the next
    local folder=$1 cpus=$2 host user memory
    host=$(hostname -s) user=$(id -un)
    memory=$(awk '/^MemTotal/ {print int($2 / 1024 * 0.95)}' /proc/meminfo)
    cat >"$folder/slurm.conf" <<CONF
ClusterName=one_node
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${SLURM_TEST_PORT:-16817}
SlurmdPort=$((${SLURM_TEST_PORT:-16817} + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
MpiDefault=none
ReturnToService=2
# Processes are found by their parents: cgroups are often closed in containers.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# Jobs wait for cores and memory, and one that takes more memory than it asked for is killed.
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill,UsePss
# No database: squeue tells what became of a job for as long as slurmctld remembers it.
AccountingStorageType=accounting_storage/none
MinJobAge=3600
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

environment() { # FOLDER: what a shell that submits jobs sources
    local folder=$1
    mkdir -p "$folder/bin"
    # The plugin takes SLURM_CONF out of a job's environment before it calls srun there.
    printf '#!/bin/sh\nSLURM_CONF=%s exec %s "$@"\n' "$folder/slurm.conf" "$(command -v srun)" \
        >"$folder/bin/srun"
    chmod +x "$folder/bin/srun"
    printf 'export SLURM_CONF=%s PATH=%s:$PATH\n' "$folder/slurm.conf" "$folder/bin" \
        >"$folder/environment"
}

wait_until() { # CONDITION: for half a minute
    for _ in $(seq 60); do
        "$@" && return
        sleep 0.5
    done
    return 1
}

node_is_idle() { sinfo --noheader --format=%T 2>/dev/null | grep -q idle; }
no_jobs() { [ -z "$(squeue --noheader 2>/dev/null)" ]; }
gone() { [ ! -e "$1" ]; }

start() {
    local folder=$1 cpus=${2:-$(nproc)}
    mkdir -p "$folder/state" "$folder/spool"
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
    configure "$folder" "$cpus"
    environment "$folder"
    export SLURM_CONF=$folder/slurm.conf
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --seed-file="$folder/munge.seed" \
        --log-file="$folder/munged.log"
    slurmctld -c
    slurmd -c
    wait_until node_is_idle && return
    echo "Slurm did not start; see the logs in $folder" >&2
    exit 1
}

stop() {
    local folder=$1 daemon
    export SLURM_CONF=$folder/slurm.conf
    scancel --user="$(id -un)" 2>/dev/null || true
    wait_until no_jobs || true # slurmd ends their processes
    for daemon in slurmd slurmctld munged; do
        if [ -f "$folder/$daemon.pid" ]; then
            kill "$(cat "$folder/$daemon.pid")" 2>/dev/null || true
        fi
        wait_until gone "$folder/$daemon.pid" || true # each removes its own at the very end
    done
}

case "${1:-}" in
install) apt-get install --yes --no-install-recommends $PACKAGES ;;
start | stop) "$1" "$(realpath -m "${2:?a folder}")" "${@:3}" ;;
*) sed -n '2,6s/^# *//p' "$0" && exit 2 ;;
esac
