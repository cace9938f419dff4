/** One stretch of difference: `from`–`to` of the first list became `newFrom`–`newTo` of the second (ends excluded). */
export interface Change {
  from: number;
  to: number;
  newFrom: number;
  newTo: number;
}

/**
 * The shortest edit script between two lists of line classes (equal numbers are equal lines), by Myers' algorithm in
 * linear space ("An O(ND) Difference Algorithm and Its Variations", 1986): find the middle of the path, then both halves.
 */
export function shortestEdit(a: Int32Array, b: Int32Array): Change[] {
  const removed = new Uint8Array(a.length + 1);
  const added = new Uint8Array(b.length + 1);
  compare(a, b, removed, added);
  const changes: Change[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (!removed[i] && !added[j]) {
      i++;
      j++;
      continue;
    }
    const change = { from: i, to: i, newFrom: j, newTo: j };
    while (i < a.length && removed[i]) i++;
    while (j < b.length && added[j]) j++;
    changes.push({ ...change, to: i, newTo: j });
  }
  return changes;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function compare(a: Int32Array, b: Int32Array, removed: Uint8Array, added: Uint8Array): void {
  const size = 2 * (a.length + b.length) + 3;
  const forward = new Int32Array(size);
  const backward = new Int32Array(size);
  const boxes: Box[] = [{ left: 0, right: a.length, top: 0, bottom: b.length }];
  for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
    let { left, right, top, bottom } = box;
    while (left < right && top < bottom && a[left] === b[top]) {
      left++;
      top++;
    }
    while (left < right && top < bottom && a[right - 1] === b[bottom - 1]) {
      right--;
      bottom--;
    }
    if (left === right) added.fill(1, top, bottom);
    else if (top === bottom) removed.fill(1, left, right);
    else {
      const [x, y] = middle(a, b, { left, right, top, bottom }, forward, backward);
      boxes.push({ left: x, right, top: y, bottom }, { left, right: x, top, bottom: y });
    }
  }
}

/** A point of a shortest path through the box, not both of its corners: where the search from both ends meets. */
function middle(
  a: Int32Array,
  b: Int32Array,
  box: Box,
  forward: Int32Array,
  backward: Int32Array,
): [number, number] {
  const { left, right, top, bottom } = box;
  const [width, height] = [right - left, bottom - top];
  const delta = width - height;
  const offset = width + height + 1;
  const odd = (delta & 1) !== 0;
  forward[offset + 1] = 0;
  backward[offset + 1] = 0;
  for (let depth = 0; ; depth++) {
    for (let k = -depth; k <= depth; k += 2) {
      const down =
        k === -depth || (k !== depth && (forward[offset + k - 1] ?? 0) < (forward[offset + k + 1] ?? 0));
      let x = down ? (forward[offset + k + 1] ?? 0) : (forward[offset + k - 1] ?? 0) + 1;
      while (x < width && x - k < height && x - k >= 0 && a[left + x] === b[top + x - k]) x++;
      forward[offset + k] = x;
      const inverse = delta - k;
      if (
        odd &&
        inverse >= -(depth - 1) &&
        inverse <= depth - 1 &&
        x + (backward[offset + inverse] ?? 0) >= width
      )
        return inside(box, left + x, top + x - k);
    }
    for (let k = -depth; k <= depth; k += 2) {
      const down =
        k === -depth || (k !== depth && (backward[offset + k - 1] ?? 0) < (backward[offset + k + 1] ?? 0));
      let x = down ? (backward[offset + k + 1] ?? 0) : (backward[offset + k - 1] ?? 0) + 1;
      while (x < width && x - k < height && x - k >= 0 && a[right - 1 - x] === b[bottom - 1 - x + k]) x++;
      backward[offset + k] = x;
      const inverse = delta - k;
      if (!odd && inverse >= -depth && inverse <= depth && x + (forward[offset + inverse] ?? 0) >= width)
        return inside(box, right - x, bottom - x + k);
    }
  }
}

function inside({ left, right, top, bottom }: Box, x: number, y: number): [number, number] {
  return [Math.min(right, Math.max(left, x)), Math.min(bottom, Math.max(top, y))];
}
