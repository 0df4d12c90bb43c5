import type { DialogsStyle } from '~/api';

import classes from './message.module.css';
import { type Piece, piecesOf } from './text-pieces';

/** A text that a person wrote: never as markup, with links into the web and the messenger's styles. */
export function RichText({ text, styles }: { text: string; styles?: DialogsStyle[] }) {
  return (
    <span className={classes.text} dir="auto">
      {piecesOf(text, styles).map((piece) => (
        <PieceText key={piece.start} piece={piece} />
      ))}
    </span>
  );
}

function PieceText({ piece: { text, url, marks } }: { piece: Piece }) {
  const styled = marks.length > 0 ? <span data-marks={marks.join(' ')}>{text}</span> : text;
  return url ? <OutsideLink url={url}>{styled}</OutsideLink> : styled;
}

/** A link out of the cabinet; whoever is there does not learn where the reader came from. */
export function OutsideLink({
  url,
  className,
  children,
}: {
  url: string;
  className?: string;
  children: React.ReactNode;
}) {
  return (
    <a href={url} target="_blank" rel="noreferrer nofollow noopener" className={className}>
      {children}
    </a>
  );
}
