/** A change of a document as VS Code tells it, in offsets before it. */
export interface TextChange {
  rangeOffset: number;
  rangeLength: number;
  text: string;
}
