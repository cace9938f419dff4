/** Scripts that must print and return here what they do with bash 5.2; standard output and status are compared. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  'words and quotes': `x='a  b'; echo $x "$x" '$x' "a\\"b" $'t\\tn' pre"$x"post; echo "\${x}z" \\$x`,
  parameters: `unset u; e=; echo \${u-a} \${e-b} \${e:-c} \${u:+d} \${x:=new} $x; f=/a/b/c.tar.gz; echo \${f##*/} \${f%%.*} \${f%.gz} \${f#/a} \${f/b/B} \${f//[abc]/_} \${#f} \${f:3:2} \${f: -3} \${f^^} \${x@Q}`,
  positional: `set -- one 'two words' three; echo $# "$1" "$2"; for a in "$@"; do echo "[$a]"; done; shift 2; echo "$*"; set --; echo "$#[$@]"`,
  arrays: `a=(x 'y z' w); a+=(v); echo \${#a[@]} "\${a[1]}" "\${a[@]:1:2}" \${!a[@]}; unset 'a[1]'; echo "\${a[*]}"; a[9]=far; echo \${!a[@]}; declare -A m=([k]=v ['a b']=c); echo "\${m[a b]}" \${#m[@]}`,
  arithmetic: `i=5; echo $((i++ + ++i)) $i $((2**10)) $((7/2)) $((-7%3)) $((0x1f + 010 + 2#101)) $((i>3?1:0)) $(( (1<<62) + 1 )); ((i > 3)) && echo yes; let j=i*2; echo $j; for ((k=0;k<3;k++)); do echo $k; done`,
  conditions: `[ 1 -lt 2 ] && echo a; [[ abc == a* && ! -e /nowhere ]] && echo b; [[ "x.y" =~ ^(.)\\.(.)$ ]] && echo "\${BASH_REMATCH[2]}"; test -z "" -a -n x; echo $?; if false; then echo no; elif true; then echo elif; fi`,
  case: `for w in apple 1a '*' zz; do case $w in a*) echo A;; [0-9]*) echo N;; '*') echo star;; *) echo other;; esac; done; case x in x) echo 1;& y) echo 2;; esac`,
  loops: `for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done; n=0; while [ $n -lt 3 ]; do n=$((n+1)); done; echo $n; until [ $n = 0 ]; do n=$((n-1)); done; echo $n`,
  functions: `f() { local x=in; echo "$1 $x $#"; return 3; }; x=out; f a b; echo $? $x; g() { for i; do echo "<$i>"; done; }; g 1 '2 3'; fact() { (( $1 < 2 )) && echo 1 || echo $(( $1 * $(fact $(( $1 - 1 )) ) )); }; fact 6`,
  redirections: `echo one >f; echo two >>f; cat <f; cat f missing 2>/dev/null; echo $?; { echo out; echo err >&2; } >both 2>&1; cat both; exec 3>g; echo three >&3; exec 3>&-; cat g; cat <<< "here $((1+1))"`,
  'here-documents': `v=val; cat <<A; cat <<'B'; cat <<-C
$v \\$v $(echo sub) \`echo tick\`
A
$v $(no)
B
	tabs gone
	C`,
  pipelines: `printf '%s\\n' c a b | tac | head -n 2; seq 5 | while read -r n; do echo "n$n"; done; false | true; echo $? \${PIPESTATUS[*]}; set -o pipefail; false | true; echo $?; ! true; echo $?`,
  subshells: `x=1; (x=2; cd /; echo $x); echo $x; y=$(x=3; echo $x; exit 4); echo $y $? $x; (exit 7) || echo $?; z=$(printf 'a\\n\\n'); echo "[$z]"`,
  globs: `mkdir -p d/e; touch d/a.txt d/b.txt d/e/c.txt .hidden; echo d/*.txt; echo d/[ab].t?t; echo nomatch*; shopt -s nullglob; echo [nomatch*]; shopt -s globstar; echo d/**/*.txt; shopt -s extglob
echo d/@(a|x).txt`,
  braces: `echo {a,b}{1,2} {1..5} {01..03} {e..a} {5..1..2} x{,y}z {a,{b,c}} '{a,b}'`,
  'field splitting': `IFS=:; v=a:b::c; set -- $v; echo $# "$3"; IFS=' '; read -r p q <<< 'one two three'; echo "$q"; IFS=, read -ra l <<< 'x,y,z'; echo \${l[2]}`,
  'traps and exit': `trap 'echo bye $?' EXIT; trap 'echo usr' USR1; kill -USR1 $$; (trap 'echo sub' EXIT; exit 2); echo $?; exit 5`,
  errexit: `set -e; false || true; if false; then :; fi; f() { false; echo no; }; (f) || echo caught; echo before; false; echo never`,
  nounset: `set -u; echo \${missing-ok}; echo $missing; echo never`,
  background: `sleep 0.2 & p=$!; wait $p; echo $?; (exit 9) & wait $!; echo $?; { sleep 0.1; echo late; } & echo now; wait; jobs | wc -l`,
  'kill a child': `sleep 30 & kill $!; wait $! 2>/dev/null; echo $?; sleep 30 & kill -9 %1; wait %1 2>/dev/null; echo $?`,
  'process substitution': `cat <(echo one) <(echo two); while read -r l; do echo "[$l]"; done < <(printf 'x\\ny\\n')`,
  'eval and source': `echo 'v=sourced; return 3' >s.sh; . ./s.sh; echo $? $v; eval 'echo "$v" | tr a-z A-Z'; n=v; echo \${!n}; declare -n ref=v; ref=changed; echo $v`,
  'printf and echo': `printf '%05d|%-6s|%x|%.2f|%q\\n' 42 ab 255 3.14159 'a b'; printf '%s,' 1 2 3; echo; echo -e 'a\\tb\\x41'; echo -n x; echo; printf -v out '%s-%s' a b; echo $out`,
  getopts: `while getopts 'ab:c' o -a -b val -c rest; do echo "$o \${OPTARG-}"; done; echo $OPTIND`,
  'not found': `nosuchcommand; echo $?; ./nosuchfile; echo $?; mkdir dir; ./dir; echo $?; echo text >plain; ./plain; echo $?`,
  'a script file': `printf '#!/bin/bash\\necho "$0" "$1" \${BASH_SOURCE##*/}\\nexit 6\\n' >run; chmod +x run; ./run arg; echo $?; printf 'echo no shebang $1\\n' >bare; chmod +x bare; ./bare yes`,
  'select and mapfile': `mapfile -t m < <(seq 3); echo \${#m[@]} \${m[2]}; echo 2 | { select s in aa bb; do echo "got $s"; break; done 2>/dev/null; }`,
  'assignments before commands': `x=1 env | grep -c '^x='; x=2; x=3 true; echo $x; A=5 bash -c 'echo $A'; export B=6; bash -c 'echo $B'; readonly R=1; R=2; echo after`,
  'type and command': `f() { :; }; type -t f cd if nosuch cat; command -v cd; alias ll=ls; f2() { command echo "$@"; }; f2 hi`,
  'umask and cd': `umask 077; touch t; umask; mkdir -p p/q; cd p/q; cd ..; basename "$PWD"; cd - >/dev/null; basename "$PWD"; pushd /tmp >/dev/null; popd >/dev/null; basename "$PWD"`,
  'the last word': `mkdir -p a/b && cd "$_" && basename "$PWD"; echo one two; echo "$_"; f() { :; }; f x y; echo $_; v=1; echo "[$_]"; (echo sub; echo $_); echo $_`,
  'dates and octal': `export TZ=Asia/Tokyo; printf '%(%Y-%m-%d %H:%M)T|%12(%F)T|%-8.4(%F)T|\\n' 1557978599 0 0; printf '%b %b %b\\n' '\\141' '\\0141' '\\558'; unset TZ; printf '%(%H)T\\n' 0`,
  'traps DEBUG and RETURN': `trap 'echo "dbg $LINENO"' DEBUG
echo a; echo b
for i in 1 2; do
  echo $i
done
f() { echo in; }
f
[[ a == a ]] && ((1))
case x in x) echo c;; esac
for ((i = 0; i < 1; i++)); do :; done
trap 'echo "cmd $BASH_COMMAND"' DEBUG
echo "a  b" | cat
x=1
trap - DEBUG
echo 'echo s; return 3' >s; trap 'echo ret' RETURN; . ./s; echo $?`,
  'aliases behind aliases': `shopt -s expand_aliases
alias run='echo ' who='WHO ' me=ME
run who me who; run me who`,
  'computed variables in subshells': `f() { echo "\${FUNCNAME[*]}"; }; f; (echo $BASH_SUBSHELL $LINENO; f); x=$(echo $BASH_SUBSHELL; f); echo $x; [ -n "$(echo $RANDOM)" ] && echo random; (unset RANDOM; echo "[$RANDOM]")`,
  'pipelines under errexit': `(set -e; false | true; echo on; true | false; echo off); echo $?; (set -e; ! true | true; echo negated; { :; } >/no/such/file; echo off); echo $?`,
  'trap ERR': `trap 'echo "err $? \${PIPESTATUS[*]} $LINENO"' ERR
f() { false; true; }; g() { true; false; }
false; f; g; true | false; (false; true); x=$(false; echo sub)
set -E
f; (false; echo in); x=$(false; echo sub); echo "$x"; if false; then :; fi; ! true; false || true`,
  compgen: `f() { COMPREPLY=("$1" "$2" x); }; w='one two'; mkdir d; touch aa ab; alias al=x
compgen -W '$w three "a b" t\\ t' t; echo $?; compgen -d; compgen -f a | sort; compgen -A alias -A builtin al; compgen -F f q; compgen -W 'a.c b.c c.h' -X '!*.c' -P '<' -S '>'; compgen -v HOM; compgen -W x y; echo $?; compgen -A nope; echo $?; compgen -A function | cat`,
  complete: `complete -W "it's" -o nospace -A user a b; complete -F f -D; complete -p a b; complete -p -D; compopt +o nospace -o dirnames b; complete -p b | cat; compopt a; complete -r a; complete -p a; echo $?; compopt -o nospace; echo $?`,
  'history and fc': `printf 'cmd %s\\n' 1 2 3 4 5 6 >h; HISTFILE=h; history -r; history 2; history -d 2; history -d -1; history; fc -l 2 3; fc -ln -1; fc -lr; history -w; cat h; history -c; history; HISTSIZE=2; history -r; history; history x; echo $?`,
  'prompts are expanded': `u=42; HOME=$PWD; PS1='$u $((1+1)) \\\\ \\101\\n<\\W> \\w \\v'; echo "\${PS1@P}"; sleep 3 & PS1='\\j'; echo "\${PS1@P}"; kill $!; PS4='+\\101$u '; { set -x; : a; set +x; } 2>&1; x='a\\tb'; echo "\${x@E}"`,
  'namerefs and indirection': `declare -A m=([k]=v [a b]=w); k=k; declare -n r='m[$k]'; echo $r; r=changed; echo \${m[k]}; i='m[a b]'; echo \${!i}; a=(x y z); declare -n e='a[1 + 1]' all='a[@]'; echo $e; printf '<%s>' "$all"; echo; declare -n bad=1; echo $?; declare -n p=q; declare -n q=p; echo "[$p]" 2>/dev/null; t=k; declare -n t; echo $t; declare +n t; echo $t`,
  'jobs of the shell around': `sleep 20 & sleep 21 & jobs | wc -l; echo $(jobs -p | wc -l); kill $(jobs -p); wait; false; eval 'echo $?'; eval ''; echo $?`,
  'type in full': `pwd() { :; }; unset -f pwd; f() { :; }; type -t -a pwd | head -n 1; type -p pwd; type -ap pwd | wc -l; type -f f; echo $?; enable -n pwd; type -t pwd; enable pwd; type -t pwd; help nosuch; echo $?; builtin nosuch; echo $?`,
  'a pipe that nobody reads': `yes | head -n 1; echo "\${PIPESTATUS[@]}"; (trap '' PIPE; yes 2>/dev/null | head -n 1; echo "\${PIPESTATUS[@]}"); bash -c 'kill -PIPE $$; echo no'; echo $?; set -o pipefail; seq 1000000 | head -n 1 >/dev/null || echo "failed $?"`,
  'ignored signals': `(trap '' INT; bash -c 'kill -INT $$; echo survived'; sleep 3 & kill -INT $!; kill -0 $! && echo sleeps; kill $!; bash -c 'trap "echo no" INT; trap; kill -INT $$; echo again'; trap - INT; bash -c 'kill -INT $$; echo not here'; echo $?); sleep 3 & kill -HUP $!; wait $! 2>/dev/null; echo $?; nohup bash -c 'kill -HUP $$; echo hup ignored' 2>/dev/null; (trap '' PIPE; (echo x; sleep 0.1; echo y) 2>/dev/null | true)`,
  'the keyboard signals of background jobs': `(kill -INT $BASHPID; kill -QUIT $BASHPID; echo on; trap 'echo trapped' INT; kill -INT $BASHPID; cat; echo end) & wait $!; echo $?; (trap 'echo term; exit 3' TERM; kill $BASHPID; echo no) & wait $!; echo $?; (trap 'echo left' EXIT; echo $BASH_SUBSHELL $LINENO; exit 4) | cat; (
echo $BASH_SUBSHELL $LINENO)& wait`,
  'the last command takes the place of sh -c': `bash -c 'echo $$; bash -c "echo \\$\\$"' | uniq | wc -l; bash -c 'trap "echo bye" EXIT; printf "%s\\n" 1'; bash -c 'X=5 printenv X >o; echo next'; cat o; bash -c nosuch 2>/dev/null; echo $?; bash -c 'false; (exit 4)'; echo $?; bash -c '! cat /nosuch 2>/dev/null'; echo $?; bash -c 'cat <<E
here
E'; (bash -c 'kill -9 $$; :'; echo $?) 2>/dev/null`,
  'processor time': `TIMEFORMAT='%%%0R'; { time :; } 2>&1; TIMEFORMAT=; { time :; } 2>&1; { time -p :; } 2>&1 | cut -d' ' -f1; times | wc -l; times | head -n 1 | tr 0-9 x`,
};
