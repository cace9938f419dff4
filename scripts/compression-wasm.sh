#!/usr/bin/env bash
# Compiles Brotli and Zstandard to polyfills/zlib/wasm/*.wasm, in the versions that the pinned Node holds. No part of the
# build: for whoever raises a version. Takes Debian's source packages from wherever this machine gets its own packages,
# and needs clang, lld, wasi-libc and libclang-rt-dev-wasm32.
#   scripts/compression-wasm.sh            compiles anew
#   scripts/compression-wasm.sh --check    says whether what it compiles is what is there
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
target=$here/../polyfills/zlib/wasm
suite=forky
brotli_version=1.2.0
zstd_version=1.5.7
clang=${CLANG:-clang-14}
linker=${WASM_LD:-wasm-ld-14}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
uri=$({ cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true; } \
  | awk '/^URIs:.*\/debian\/?$/ { print $2; exit } /^deb .*\/debian\/? / { for (i = 1; i <= NF; i++) if ($i ~ /^http/) { print $i; exit } }')
mkdir -p lists/partial sources
printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
  "$uri" "$suite" > "sources/$suite.sources"
apt() {
  apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" -o Dir::State::Lists="$work/lists" \
    -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root -qq "$@"
}
apt update
apt source --download-only brotli libzstd
unpack() { mkdir "$1" && tar -xf "$2" -C "$1" --strip-components=1; }
unpack brotli brotli_"$brotli_version".orig.tar.*
unpack zstd libzstd_"$zstd_version"*.orig.tar.*

# library name, preprocessor's options, its sources, what it exports
compile() {
  local name=$1 options=$2 sources=$3 exports=()
  for symbol in _initialize malloc free $4; do exports+=("--export=$symbol"); done
  mkdir "objects-$name"
  for source in $sources; do
    # shellcheck disable=SC2086
    "$clang" --target=wasm32-wasi -O3 -DNDEBUG -mbulk-memory -ffunction-sections -fdata-sections -fvisibility=hidden \
      $options -c "$source" -o "objects-$name/$(echo "$source" | tr / _).o"
  done
  "$linker" --gc-sections --strip-all --no-entry -z stack-size=262144 objects-"$name"/*.o \
    /usr/lib/wasm32-wasi/crt1-reactor.o -L/usr/lib/wasm32-wasi -lc \
    "$("$clang" --target=wasm32-wasi -print-libgcc-file-name)" "${exports[@]}" -o "$name.wasm"
}
compile brotli '-Ibrotli/c/include' "$(echo brotli/c/common/*.c brotli/c/dec/*.c brotli/c/enc/*.c)" \
  'BrotliEncoderCreateInstance BrotliEncoderSetParameter BrotliEncoderCompressStream BrotliEncoderDestroyInstance
   BrotliEncoderPrepareDictionary BrotliEncoderAttachPreparedDictionary BrotliEncoderDestroyPreparedDictionary
   BrotliDecoderCreateInstance BrotliDecoderSetParameter BrotliDecoderDecompressStream BrotliDecoderAttachDictionary
   BrotliDecoderGetErrorCode BrotliDecoderErrorString BrotliDecoderDestroyInstance'
compile zstd '-DXXH_NAMESPACE=ZSTD_ -DZSTD_LEGACY_SUPPORT=0 -DZSTD_DISABLE_ASM=1 -DDEBUGLEVEL=0' \
  "$(echo zstd/lib/common/*.c zstd/lib/compress/*.c zstd/lib/decompress/*.c)" \
  'ZSTD_createCCtx ZSTD_CCtx_setParameter ZSTD_CCtx_setPledgedSrcSize ZSTD_CCtx_loadDictionary ZSTD_compressStream2
   ZSTD_freeCCtx ZSTD_createDCtx ZSTD_DCtx_setParameter ZSTD_DCtx_loadDictionary ZSTD_decompressStream ZSTD_freeDCtx
   ZSTD_getErrorCode ZSTD_getErrorString ZSTD_isError'
for name in brotli zstd; do
  if [ "${1:-}" = --check ]; then cmp "$name.wasm" "$target/$name.wasm"; else install -m 644 "$name.wasm" "$target/$name.wasm"; fi
done
