set -euo pipefail
echo "Unpacking toolchain $1"
sleep 0.3
