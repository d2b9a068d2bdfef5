/** A binary min-heap of seconds: the earliest is at hand, adding and taking cost O(log n). */
export class SecondHeap {
  readonly #seconds: number[] = [];

  get earliest(): number | undefined {
    return this.#seconds[0];
  }

  add(second: number): void {
    const heap = this.#seconds;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= second) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = second;
  }

  takeEarliest(): void {
    const heap = this.#seconds;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child += 1;
      if (child >= heap.length || heap[child]! >= last) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
