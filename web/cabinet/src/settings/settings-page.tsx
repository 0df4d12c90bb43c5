import { useNavigate, useParams } from '@tanstack/react-router';
import { NativeSelect, Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ComponentType } from 'react';

import type { AccountsRole } from '~/api';
import { PHONE } from '~/app/theme';
import { addTexts, useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import { Page } from '~/ui/page';
import '~/ui/styles';

import { ApiKeysSection } from './api-keys-section';
import { AuditSection } from './audit-section';
import { BrowserSection } from './browser-section';
import { PeopleSection } from './people-section';
import { ProjectSection } from './project-section';
import { QuickAnswersSection } from './quick-answers-section';
import { SessionsSection } from './sessions-section';
import { TagsSection } from './tags-section';
import { texts } from './texts';

addTexts('settings', texts);

const ADMINS: AccountsRole[] = ['admin', 'owner'];

interface Section {
  name: string;
  Content: ComponentType<{ projectId: string }>;
  roles?: AccountsRole[];
}

const SECTIONS: Section[] = [
  { name: 'quick-answers', Content: QuickAnswersSection },
  { name: 'tags', Content: TagsSection },
  { name: 'people', Content: PeopleSection, roles: ADMINS },
  { name: 'project', Content: ProjectSection, roles: ADMINS },
  { name: 'api-keys', Content: ApiKeysSection, roles: ADMINS },
  { name: 'audit', Content: AuditSection, roles: ADMINS },
  { name: 'sessions', Content: SessionsSection },
  { name: 'browser', Content: BrowserSection },
];

/** People and settings, a section at a time; the address says which. */
export function SettingsPage() {
  const t = useTexts('settings');
  const isPhone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false });
  const navigate = useNavigate();
  const { projectId, section } = useParams({ from: '/inside/projects/$projectId/settings/{-$section}' });
  const role = useIdentity().projects.find((one) => one.id === projectId)?.role ?? 'operator';
  const offered = SECTIONS.filter((one) => !one.roles || one.roles.includes(role));
  const current = offered.find((one) => one.name === section) ?? offered[0];
  if (!current) return null;
  const go = (name: string | null) =>
    navigate({
      to: '/projects/$projectId/settings/{-$section}',
      params: { projectId, section: name ?? undefined },
    });
  return (
    <Page title={t('title')}>
      {isPhone ? (
        <NativeSelect
          aria-label={t('sections')}
          mb="md"
          value={current.name}
          onChange={(event) => go(event.currentTarget.value)}
          data={offered.map((one) => ({ value: one.name, label: t(`section.${one.name}`) }))}
        />
      ) : (
        <Tabs value={current.name} onChange={go} mb="md">
          <Tabs.List aria-label={t('sections')}>
            {offered.map((one) => (
              <Tabs.Tab key={one.name} value={one.name}>
                {t(`section.${one.name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {offered.map((one) => (
            <Tabs.Panel key={one.name} value={one.name} pt="md">
              {one === current && <current.Content key={projectId} projectId={projectId} />}
            </Tabs.Panel>
          ))}
        </Tabs>
      )}
      {isPhone && <current.Content key={projectId} projectId={projectId} />}
    </Page>
  );
}
