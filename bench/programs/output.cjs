// Writes 100 MB to stdout.
'use strict';
const chunk = Buffer.alloc(64 * 1024, 'z');
let left = 1600;
function more() {
  while (left-- > 0) if (!process.stdout.write(chunk)) return void process.stdout.once('drain', more);
}
more();
