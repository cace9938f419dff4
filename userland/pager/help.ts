export const HELP = `
                   SUMMARY OF LESS COMMANDS

      Commands marked with * may be preceded by a number, N.
      A key preceded by a caret indicates the Ctrl key; thus ^K is ctrl-K.

  h  H                 Display this help.
  q  :q  Q  :Q  ZZ     Exit.

                           MOVING

  e  j  ^N  Enter   *  Forward  one line   (or N lines).
  y  k  ^K  ^P  ^Y  *  Backward one line   (or N lines).
  f  ^F  ^V  SPACE  *  Forward  one window (or N lines).
  b  ^B  ESC-v      *  Backward one window (or N lines).
  z  w              *  Forward, backward one window (and set window to N).
  d  ^D             *  Forward  one half-window (and set half-window to N).
  u  ^U             *  Backward one half-window (and set half-window to N).
  J  K              *  Forward, backward past the end and the beginning.
  Right  Left       *  To the side by half a screen width (or N columns).
  F                    Forward forever; like "tail -f".
  r  ^L  R             Repaint the screen; R reads the file anew.

                          SEARCHING

  /pattern          *  Search forward for (N-th) matching line.
  ?pattern          *  Search backward for (N-th) matching line.
  n  N              *  Repeat previous search, in its direction and against it.
  ESC-u                Undo (toggle) search highlighting.
  &pattern             Display only matching lines; an empty pattern: all.
        First in a pattern: ! or ^N for lines that do NOT match, ^R for plain text.

                           JUMPING

  g  <  Home        *  Go to the first line in the file (or line N).
  G  >  End         *  Go to the last line in the file (or line N).
  p  %              *  Go to the beginning of the file (or N percent into it).
  m<letter>            Mark the current top line with <letter>.
  '<letter>            Go to a previously marked position.
  ''                   Go to the previous position.

                        CHANGING FILES

  :e [file]            Examine a new file.
  :n  :p            *  Examine the next, the previous file.
  :x                   Examine the first file.
  =  ^G  :f            Print the file name and where we are.

                    MISCELLANEOUS COMMANDS

  -<flag>              Toggle a command line option: N S i I R M m.
  !command             Execute the shell command.
  v                    Edit the current file with $VISUAL or $EDITOR.
  s filename           Save what came from a pipe to a file.
`;
