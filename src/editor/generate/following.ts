// Whether the view goes along with a text that grows. Pure: offsets into the document.
//
//   document   ... [top ......... view ......... bottom] ...
//                                         ^ end of the growing text

/** What of a document stands in an editor, as offsets. */
export interface View {
  top: number;
  bottom: number;
}

/** Follows until the person scrolls up, and again once the end is back in view. */
export class Following {
  private isFollowing = true;
  private top = 0;

  /** To be told of every view; growth and following never move it up, so that a person has. */
  seen({ top, bottom }: View, end: number): void {
    if (top < this.top) this.isFollowing = false;
    if (top <= end && end <= bottom) this.isFollowing = true;
    this.top = top;
  }

  /** Whether the end is to be brought into view; somebody who reads on further down is left there. */
  wants(view: View | undefined, end: number): boolean {
    return this.isFollowing && (view === undefined || view.top <= end);
  }
}
