import type { DialogsAttachmentOut, DialogsLocation } from '~/api';
import { useTexts } from '~/i18n';

import { AudioCard } from './audio-card';
import { Card } from './card';
import classes from './attachments.module.css';
import { DocumentCard } from './document-card';
import { LocationCard } from './location-card';
import { Picture } from './picture';
import { isPicture, Photos } from './photos';
import { VideoCard } from './video-card';
import { VoicePlayer } from './voice-player';

interface Props {
  attachments: DialogsAttachmentOut[];
  location: DialogsLocation | null;
  leftOut?: number;
}

/** All that a message holds besides its text: photos as a gallery, then the rest in its order. */
export function Attachments({ attachments, location, leftOut = 0 }: Props) {
  const t = useTexts('thread');
  const photos = attachments.filter(isPicture);
  const others = attachments.filter((one) => !isPicture(one));
  if (photos.length + others.length + leftOut === 0 && !location) return null;
  return (
    <div className={classes.attachments}>
      {photos.length > 0 && <Photos photos={photos} />}
      {others.map((attachment, at) => (
        // What a message holds is told as a whole and has no names of its own.
        // eslint-disable-next-line react/no-array-index-key
        <OneAttachment key={at} attachment={attachment} />
      ))}
      {location && <LocationCard location={location} />}
      {leftOut > 0 && <p className={classes.quiet}>{t('left_out', { count: leftOut })}</p>}
    </div>
  );
}

function OneAttachment({ attachment }: { attachment: DialogsAttachmentOut }) {
  switch (attachment.kind) {
    case 'sticker':
    case 'graffiti':
      return <Picture attachment={attachment} size={attachment.kind === 'sticker' ? 128 : 240} isBare />;
    case 'document':
      return <DocumentCard attachment={attachment} />;
    case 'voice':
      return <VoicePlayer attachment={attachment} />;
    case 'video':
      return <VideoCard attachment={attachment} />;
    case 'audio':
      return <AudioCard attachment={attachment} />;
    default:
      return <Card attachment={attachment} />;
  }
}
