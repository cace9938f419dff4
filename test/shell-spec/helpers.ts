/** The spec's helper programs, which are Python there, as scripts for any Unix. */
export const HELPERS: Readonly<Record<string, string>> = {
  'argv.py': `#!/bin/sh
exec awk 'BEGIN {
  for (i = 1; i < ARGC; i++) {
    text = ARGV[i]
    quote = index(text, "\\047") && !index(text, "\\"") ? "\\"" : "\\047"
    gsub(/\\\\/, "\\\\\\\\", text)
    gsub(/\\n/, "\\\\n", text)
    gsub(/\\t/, "\\\\t", text)
    gsub(/\\r/, "\\\\r", text)
    if (quote != "\\"") gsub(/\\047/, "\\\\\\047", text)
    printf "%s%s%s%s", i == 1 ? "[" : ", ", quote, text, quote
  }
  print ARGC == 1 ? "[]" : "]"
  exit
}' "$@"
`,
  'printenv.py': `#!/bin/sh
for name; do
  printenv "$name" || echo None
done
`,
  'stdout_stderr.py': `#!/bin/sh
echo "\${1-STDOUT}"
echo "\${2-STDERR}" >&2
exit "\${3-0}"
`,
  'read_from_fd.py': `#!/bin/sh
for fd; do
  if line=$(cat <&$fd) 2>/dev/null; then echo "$fd: $line"; else echo "FATAL: Error reading from fd $fd" >&2; exit 1; fi
done
`,
};
