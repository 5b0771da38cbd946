#!/usr/bin/env bash
# Builds the C library and runs everything that is to hold of it. The last line is `c: N passed, N failed`.
#
#   bindings-c/test.sh            all of it
#   QUICK=1 bindings-c/test.sh    without valgrind, the address sanitizer and the static library
set -uo pipefail
cd "$(dirname "$0")/.."
export PYO3_BUILD_EXTENSION_MODULE=1
here=bindings-c
target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
out="$target/c"
prefix="$out/prefix"
testing="$out/testing"
passed=0
failed=0

missing=()
for package in $(grep -v '^#' $here/apt.txt); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    # Another package may give the same command (pkgconf for pkg-config, clang for gcc).
    for package in "${missing[@]}"; do command -v "$package" >/dev/null || lacking="${lacking:-} $package"; done
    if [ -n "${lacking:-}" ]; then
        echo "The tests of C need these Debian packages:$lacking" >&2
        exit 1
    fi
fi

# check WHAT COMMAND...: counts one; what the command says is shown when it fails.
check() {
    local what="$1" said
    shift
    if said="$("$@" 2>&1)"; then
        passed=$((passed + 1))
        echo "  ok    $what"
    else
        failed=$((failed + 1))
        echo "  FAIL  $what"
        echo "$said" | tail -n 40 | sed 's/^/        /'
    fi
}

# run WHAT COMMAND...: a test program that counts its checks itself.
run() {
    local what="$1" said status good bad
    shift
    said="$(timeout 600 "$@" 2>&1)"
    status=$?
    good=$(echo "$said" | sed -n 's/^  .* passed \([0-9]*\) failed [0-9]*$/\1/p; s/^vectors: \([0-9]*\) passed.*/\1/p' | tail -n 1)
    bad=$(echo "$said" | sed -n 's/^  .* passed [0-9]* failed \([0-9]*\)$/\1/p; s/^vectors: [0-9]* passed, \([0-9]*\) failed/\1/p' | tail -n 1)
    [ $status = 0 ] || [ "${bad:-0}" != 0 ] || bad=1
    [ "${good:-0}" != 0 ] || bad=1
    passed=$((passed + ${good:-0}))
    failed=$((failed + ${bad:-0}))
    if [ "${bad:-0}" = 0 ]; then
        echo "  ok    $what: ${good} checks"
        echo "$said" | grep '^    ' | sed 's/^/    /'
    else
        echo "  FAIL  $what (status $status)"
        echo "$said" | tail -n 40 | sed 's/^/        /'
    fi
}

echo "-- build, install, symbols"
mkdir -p "$testing"
rm -rf "$prefix"
if ! PREFIX="$prefix" $here/install.sh >"$out/build.log" 2>&1; then
    tail -n 40 "$out/build.log"
    echo "c: $passed passed, 1 failed"
    exit 1
fi
library="$prefix/lib/libotpkit.so"
exported() { nm -D --defined-only "$1" | awk '{print $NF}' | sort; }
declared() { grep -o '\botpkit_[a-z_0-9]*(' $here/include/otpkit.h | tr -d '(' | sort -u; }
only_ours() { exported "$library" | grep -v '^otpkit_' && return 1 || [ "$(exported "$library" | wc -l)" -gt 50 ]; }
as_declared() { diff <(exported "$library") <(declared); }
no_seams() { ! nm -A "$library" "$prefix/lib/libotpkit.a" 2>/dev/null | grep otpkit_testing; }
soname() { readelf -d "$library" | grep -q 'SONAME.*\[libotpkit\.so\.0\]'; }
stays_mapped() { readelf -d "$library" | grep -q NODELETE; }
only_system_libraries() { ! readelf -d "$library" | grep NEEDED | grep -vE 'libc\.so|libm\.so|libgcc_s\.so|ld-linux'; }
check "the shared library exports otpkit_* only" only_ours
check "it exports what the header declares, and nothing else" as_declared
check "no test seam is in what is installed" no_seams
check "its SONAME is libotpkit.so.0" soname
check "it stays mapped after dlclose" stays_mapped
check "it needs the C library only" only_system_libraries

echo "-- source"
safety() {
    # Unsafe blocks stand in few files, each with its reason; attributes are no blocks.
    local elsewhere unreasoned
    elsewhere=$(grep -nE 'unsafe (\{|impl)' -r $here/src | grep -vE "$here/src/(raw|lent|fork|registry/slab)\.rs:")
    unreasoned=$(awk '/unsafe (\{|impl)/ && !/unsafe extern/ { if (!reason) print FILENAME ":" FNR } { reason = /SAFETY:/ || (reason && /^ *\/\//) }' \
        $(find $here/src -name '*.rs'))
    echo "$elsewhere$unreasoned"
    [ -z "$elsewhere$unreasoned" ]
}
check "unsafe code stands in raw, lent, fork and registry/slab only, each with its reason ($(grep -cE 'unsafe (\{|impl)' -r $here/src | awk -F: '{n += $2} END {print n}') in all)" safety
check "the header is what the crate gives" $here/header.sh --check
for standard in c99 c11 c17; do
    check "the header is clean $standard" gcc -std=$standard -Wall -Wextra -Werror -pedantic -fsyntax-only -x c $here/include/otpkit.h
done
for standard in c++11 c++17 c++20; do
    check "the header is clean $standard" g++ -std=$standard -Wall -Wextra -Werror -pedantic -fsyntax-only -x c++ $here/include/otpkit.h
done
for standard in c++17 c++20; do
    check "the C++ header is clean $standard" g++ -std=$standard -Wall -Wextra -Werror -pedantic -fsyntax-only -x c++ $here/include/otpkit.hpp
done

echo "-- consumers of the installed library"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
by_cmake() {
    local folder="$out/cmake-$1"
    rm -rf "$folder"
    cmake -S $here/tests/consumer -B "$folder" -DCMAKE_PREFIX_PATH="$prefix" -DOTPKIT_TARGET="$1" >/dev/null &&
        cmake --build "$folder" >/dev/null && "$folder/quickstart" | grep -q 'is proved' && "$folder/quickstart_cpp"
}
by_pkg_config_static() {
    gcc -std=c99 examples/c/quickstart/main.c -o "$out/quickstart-static" $(pkg-config --cflags otpkit) \
        "$prefix/lib/libotpkit.a" $(pkg-config --static --libs-only-l otpkit | sed 's/-lotpkit//') && "$out/quickstart-static" | grep -q 'is proved'
}
example() { make -s -C "examples/c/$1" clean && make -s -C "examples/c/$1" run CFLAGS="-std=c99 -Wall -Wextra -Werror -pedantic -O2" | grep -q "$2"; }
check "example quickstart, by pkg-config" example quickstart 'the right code: +31612345678 is proved'
check "example custom-provider, by pkg-config" example custom-provider '^approved'
# The vendors' programs, against the sandbox, with a person before them.
typed() {
    cargo build --release --quiet -p otpkit-sandbox && make -s -C "examples/c/$1-verify" clean &&
        make -s -C "examples/c/$1-verify" main CFLAGS="-std=c99 -Wall -Wextra -Werror -pedantic -O2" &&
        python3 scripts/type-codes.py "$1" "$target/release/otpkit-sandbox" "examples/c/$1-verify/main"
}
check "example twilio-verify, by pkg-config" typed twilio
check "example messagebird-verify, by pkg-config" typed messagebird
# The programs in docs/c.md, each as it stands.
documented() {
    local folder="$out/docs" file said=""
    rm -rf "$folder" && mkdir -p "$folder"
    awk -v to="$folder" '/^```(c|cpp)$/ { file = to "/" ++n (/cpp/ ? ".cpp" : ".c"); next } /^```/ { file = "" } file { print > file }' docs/c.md
    for file in "$folder"/*; do
        case $file in
        *.cpp) g++ -std=c++17 -Wall -Wextra -Werror -pedantic "$file" -o "$file.out" $(pkg-config --cflags --libs otpkit) -Wl,-rpath,"$prefix/lib" || return 1 ;;
        *) gcc -std=c99 -Wall -Wextra -Werror -pedantic "$file" -o "$file.out" $(pkg-config --cflags --libs otpkit) -Wl,-rpath,"$prefix/lib" || return 1 ;;
        esac
        said="$said$("$file.out")"$'\n' || return 1
    done
    echo "$said"
    [ "$(ls "$folder"/*.out | wc -l)" = 4 ] && [ "$(echo "$said" | grep -cE 'welcome, \+31612345678|went to|invalid_input code')" = 5 ]
}
check "the programs of docs/c.md compile and run" documented
check "pkg-config names a version" pkg-config --exact-version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)" otpkit
check "the static library, by pkg-config" by_pkg_config_static
check "a CMake project, shared, C and C++" by_cmake otpkit::otpkit
check "a CMake project, static, C and C++" by_cmake otpkit::otpkit-static

echo "-- test programs"
if ! cargo build --quiet --release -p otpkit-c --features testing >"$out/build.log" 2>&1; then
    tail -n 40 "$out/build.log"
    echo "c: $passed passed, $((failed + 1)) failed"
    exit 1
fi
cp "$target/release/libotpkit_c.so" "$testing/libotpkit.so.0"
cp "$target/release/libotpkit_c.a" "$testing/libotpkit.a"
ln -sf libotpkit.so.0 "$testing/libotpkit.so"

warnings="-Wall -Wextra -Werror -pedantic -g -O1 -I$here/include -I$here/tests"
dynamic="-L$testing -lotpkit -Wl,-rpath,$testing -lpthread"
static="$testing/libotpkit.a $(pkg-config --static --libs-only-l otpkit | sed 's/-lotpkit//')"
programs="surface handles races bad_input callbacks verifiers lifecycle fork canary"
sources() { echo $here/tests/$1.c $(find $here/tests -name "$1_*.c" | sort); }
# build PROGRAM SUFFIX FLAGS LIBRARY
build() {
    if [ "$1" = cpp ]; then
        g++ -std=c++17 $warnings $3 $here/tests/cpp.cpp -o "$out/cpp$2" $4
    else
        gcc -std=c99 $warnings $3 $(sources "$1") -o "$out/$1$2" $4 $([ "$1" = vectors ] && echo -ljansson)
    fi
}
every_function_is_called() { diff <(exported "$library") <("$out/surface" --list | sort); }

for program in $programs cpp vectors; do
    check "$program compiles without a warning" build $program "" "" "$dynamic"
    case $program in
    vectors) run "vectors, in three ways each" "$out/vectors" tests/vectors/*.json ;;
    *) run "$program" "$out/$program" ;;
    esac
    [ $program != surface ] || check "no function is left out of surface" every_function_is_called
done

# A process that ends with calls under way keeps its exit status (7), and takes no time.
ends() {
    local round status
    for round in $(seq 100); do
        timeout 5 "$out/exits" "$library" "$1"
        status=$?
        [ $status = 7 ] || { echo "round $round: status $status"; return 1; }
    done
}
check "exits compiles without a warning" gcc -std=c99 $warnings $here/tests/exits.c -o "$out/exits" -ldl -lpthread
check "return from main with calls under way, 100 times" ends return
check "exit on another thread with calls under way, 100 times" ends exit
check "dlclose and dlopen with calls under way, 100 times" ends close

if [ -z "${QUICK:-}" ]; then
    export OTPKIT_TEST_SMALL=1
    echo "-- the same with the static library (fewer rounds)"
    for program in $programs cpp; do
        check "$program links statically" build $program -static "" "$static"
        check "$program, static" timeout 600 "$out/$program-static"
    done

    echo "-- the same under valgrind (memcheck; fewer rounds)"
    memcheck="valgrind --quiet --error-exitcode=99 --fair-sched=yes --child-silent-after-fork=yes"
    leaks="--leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite"
    for program in ${programs/ fork/} cpp; do
        check "$program: 0 errors, 0 definite leaks" timeout 900 $memcheck $leaks "$out/$program"
    done
    # A child leaks its parent's runtime on purpose: dropping it would join threads that the child does not have.
    check "fork: 0 errors, in the children too" timeout 900 $memcheck "$out/fork"
    check "vectors (four files): 0 errors, 0 definite leaks" timeout 900 $memcheck $leaks "$out/vectors" \
        tests/vectors/{check,callbacks,verifier,binding}.json

    echo "-- the same with the C side under the address and undefined-behaviour sanitizers (fewer rounds)"
    # Without fork: the sanitizer's own allocator may be locked by another thread at that moment, and its child hangs.
    for program in ${programs/ fork/} cpp vectors; do
        check "$program compiles" build $program -asan "-fsanitize=address,undefined -fno-sanitize-recover=all" "$dynamic"
        case $program in
        vectors) check "vectors" timeout 900 "$out/vectors-asan" tests/vectors/*.json ;;
        *) check "$program" timeout 900 "$out/$program-asan" ;;
        esac
    done
fi

echo "c: $passed passed, $failed failed"
[ "$failed" = 0 ]
