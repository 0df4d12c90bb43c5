import {
  IconArticle,
  IconBookmark,
  IconChartBar,
  IconGift,
  IconLink,
  IconMessage,
  IconPaperclip,
  IconPhone,
  IconShoppingBag,
} from '@tabler/icons-react';

import type { DialogsAttachmentOut } from '~/api';
import { useTexts } from '~/i18n';

import { OutsideLink, RichText } from '../rich-text';
import { safeUrl } from '../text-pieces';
import { clock } from '../words';
import classes from './attachments.module.css';
import { Picture } from './picture';

const ICONS: Record<string, typeof IconLink> = {
  link: IconLink,
  post: IconArticle,
  comment: IconMessage,
  product: IconShoppingBag,
  poll: IconChartBar,
  story: IconBookmark,
  article: IconArticle,
  call: IconPhone,
  gift: IconGift,
};

/** A link, a post, a product, a poll … and what we do not know yet, with the way to see it in VK. */
export function Card({ attachment }: { attachment: DialogsAttachmentOut }) {
  const t = useTexts('thread');
  const Icon = ICONS[attachment.kind] ?? IconPaperclip;
  const isKnown = ICONS[attachment.kind] !== undefined;
  const kind = isKnown ? t(`kind.${attachment.kind}`) : t('unsupported_attachment');
  const url = safeUrl(attachment.url);
  const about = [
    attachment.price,
    attachment.duration_seconds ? clock(attachment.duration_seconds) : null,
    attachment.kind === 'link' && url ? hostOf(url) : null,
    isKnown ? null : attachment.original,
  ];
  return (
    <div className={classes.card} data-tall={attachment.file !== null || undefined}>
      {attachment.file ? (
        <Picture attachment={attachment} size={attachment.kind === 'gift' ? 128 : 96} />
      ) : (
        <Icon size={26} stroke={1.4} aria-hidden />
      )}
      <span className={classes.cardText}>
        <span className={classes.quiet}>{[kind, ...about].filter(Boolean).join(' · ')}</span>
        {attachment.title && <span className={classes.cardTitle}>{attachment.title}</span>}
        {attachment.text && (
          <span className={classes.cardAbout}>
            <RichText text={attachment.text} />
          </span>
        )}
        {attachment.options.length > 0 && (
          <ul className={classes.options}>
            {attachment.options.map((option, at) => (
              // eslint-disable-next-line react/no-array-index-key
              <li key={at}>{option}</li>
            ))}
          </ul>
        )}
        {url && (
          <OutsideLink url={url}>{t(attachment.kind === 'link' ? 'open_link' : 'open_in_vk')}</OutsideLink>
        )}
      </span>
    </div>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return '';
  }
}
