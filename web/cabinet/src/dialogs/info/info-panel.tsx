import { ActionIcon, Anchor, Badge, CloseButton, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { IconBan, IconCheck, IconCopy, IconExternalLink } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import type { DialogsDialogOut } from '~/api';
import { ContactAvatar } from '~/dialogs/contact-avatar';
import { addTexts, useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import '~/ui/styles';

import { CaseHistory } from './case-history';
import classes from './info-panel.module.css';
import { Notes } from './notes';
import { Origin } from './origin';
import { safeLink } from './safe-link';
import { Tags } from './tags';
import { texts } from './texts';

addTexts('info', texts);

const BLOCKED = new Set(['writing_not_allowed', 'blocked_by_community']);

export interface InfoPanelProps {
  dialog: DialogsDialogOut;
  /** Shows a message of the thread, for example the one that said where the person came from. */
  onJump: (messageId: string) => void;
  onClose: () => void;
}

/** All that is known of the person and of the dialog. */
export function InfoPanel({ dialog, onJump, onClose }: InfoPanelProps) {
  const t = useTexts('info');
  const formats = useFormats();
  const { contact, community } = dialog;
  const profile = safeLink(contact.profile_url);
  const { reason } = dialog.can_reply;
  return (
    <div className={classes.panel}>
      <CloseButton className={classes.close} aria-label={t('close')} onClick={onClose} />
      <Stack align="center" gap={4} px="md" pt="md">
        <ContactAvatar name={contact.name} channel={dialog.channel} size={64} />
        <Title order={2} size="h4" ta="center" className="wrapping">
          {contact.name}
        </Title>
        <Text size="sm" c="dimmed">
          {t(dialog.channel === 'vk' ? 'vk' : 'messenger')}
        </Text>
        {reason && BLOCKED.has(reason) && (
          <Badge color="red" variant="light" leftSection={<IconBan size={12} aria-hidden />}>
            {t(`blocked.${reason}`)}
          </Badge>
        )}
      </Stack>
      <Section title={t('contact')}>
        <dl className={classes.facts}>
          <Fact name={t('vk_id')}>
            <Group gap={2} wrap="nowrap">
              <span className="wrapping">{contact.external_id}</span>
              <Copy text={contact.external_id} label={t('copy_id')} done={t('copied')} />
            </Group>
          </Fact>
          {profile && (
            <Fact name={t('profile')}>
              <Anchor href={profile} target="_blank" rel="noreferrer nofollow" size="sm" className="wrapping">
                {contact.screen_name ?? `id${contact.external_id}`}{' '}
                <IconExternalLink size={14} aria-label={t('new_window')} />
              </Anchor>
            </Fact>
          )}
          <Fact name={t('project')}>{community.name ?? dialog.community_name ?? t('unknown')}</Fact>
          {dialog.first_message_at && (
            <Fact name={t('first_contact')}>{formats.full(dialog.first_message_at)}</Fact>
          )}
          <Fact name={t('messages')}>{formats.number(dialog.message_count)}</Fact>
          <Fact name={t('operator')}>
            {dialog.operator ? (dialog.operator.name ?? t('a_colleague')) : t('nobody')}
          </Fact>
        </dl>
      </Section>
      <Section title={t('tags')}>
        <Tags dialog={dialog} />
      </Section>
      <Section title={t('notes')}>
        <Notes dialog={dialog} />
      </Section>
      <Section title={t('origin')}>
        <Origin dialog={dialog} onJump={onJump} />
      </Section>
      <Section title={t('cases', { count: dialog.case_count })}>
        <CaseHistory dialog={dialog} />
      </Section>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <h3 className={classes.heading}>{title}</h3>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Copy({ text, label, done }: { text: string; label: string; done: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={copied ? done : label}>
          {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
        </ActionIcon>
      )}
    </CopyButton>
  );
}
