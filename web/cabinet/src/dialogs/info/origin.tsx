import { Anchor, Text, UnstyledButton } from '@mantine/core';

import type { DialogsDialogOut } from '~/api';
import { useLanguage, useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import classes from './info-panel.module.css';
import { safeLink } from './safe-link';

/** Where the person came from, and whether analytics gets to know of the dialog. */
export function Origin({
  dialog,
  onJump,
}: {
  dialog: DialogsDialogOut;
  onJump: (messageId: string) => void;
}) {
  const t = useTexts('info');
  const formats = useFormats();
  const { visit, source } = dialog;
  const page = safeLink(visit?.page_url);
  const messageId = source?.message_id;
  return (
    <>
      {visit && (
        <dl className={classes.facts}>
          <dt>{t('page')}</dt>
          <dd>
            {page ? (
              <Anchor href={page} target="_blank" rel="noreferrer nofollow" size="sm" className="wrapping">
                {visit.page_title || page}
              </Anchor>
            ) : (
              visit.page_url
            )}
          </dd>
          {visit.referrer && (
            <>
              <dt>{t('referrer')}</dt>
              <dd>{visit.referrer}</dd>
            </>
          )}
          {Object.entries(visit.campaign).map(([name, value]) => (
            <Campaign key={name} name={name} value={value} />
          ))}
          <dt>{t('visited')}</dt>
          <dd>{formats.full(visit.at)}</dd>
        </dl>
      )}
      {source?.ref && (
        <dl className={classes.facts}>
          <dt>{t('ref')}</dt>
          <dd>{[source.ref, source.ref_source].filter(Boolean).join(' · ')}</dd>
        </dl>
      )}
      {messageId && (
        <UnstyledButton className={classes.link} onClick={() => onJump(messageId)}>
          {t('show_message')}
        </UnstyledButton>
      )}
      {!visit && !source?.ref && (
        <Text size="sm" c="dimmed">
          {t('no_origin')}
        </Text>
      )}
      <Metrica metrica={dialog.metrica} />
    </>
  );
}

function Campaign({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Metrica({ metrica }: Pick<DialogsDialogOut, 'metrica'>) {
  const t = useTexts('info');
  const [language] = useLanguage();
  return (
    <Text size="sm" mt="xs" className={classes.metrica}>
      {metrica.sent ? t('metrica_sent') : (metrica.text?.[language] ?? t('metrica_not_sent'))}
    </Text>
  );
}
