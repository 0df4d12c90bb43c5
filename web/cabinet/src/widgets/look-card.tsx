import {
  Card,
  ColorInput,
  Fieldset,
  Radio,
  Group,
  Stack,
  Switch,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';

import type { WidgetConfigLook, WidgetConfigSetup } from '~/api';
import { type Language, useTexts } from '~/i18n';

interface Props {
  setup: WidgetConfigSetup;
  onChange: (setup: WidgetConfigSetup) => void;
}

const LANGUAGES: Language[] = ['ru', 'en'];

/** Colour, corner and words of the button, and where it shows. */
export function LookCard({ setup, onChange }: Props) {
  const t = useTexts('widgets');
  const { look } = setup;
  const change = (part: Partial<WidgetConfigLook>) => onChange({ ...setup, look: { ...look, ...part } });
  const say = (language: Language, part: { greeting?: string; vk_button?: string }) => {
    const before = look.texts?.[language] ?? { greeting: '', vk_button: '' };
    change({ texts: { ...look.texts, [language]: { ...before, ...part } } });
  };
  return (
    <>
      <Card withBorder component="section">
        <Stack gap="sm">
          <Title order={2} size="h4">
            {t('look')}
          </Title>
          <TextInput
            label={t('heading')}
            placeholder={t('heading_default')}
            maxLength={100}
            value={look.title ?? ''}
            onChange={(event) => change({ title: event.currentTarget.value })}
          />
          <ColorInput
            withEyeDropper={false}
            label={t('colour')}
            value={look.color ?? '#1F6FD0'}
            onChange={(color) => change({ color })}
          />
          <Radio.Group
            label={t('corner')}
            value={look.corner ?? 'right'}
            onChange={(corner) => change({ corner: corner as WidgetConfigLook['corner'] })}
          >
            <Group mt={6}>
              <Radio value="left" label={t('left')} />
              <Radio value="right" label={t('right')} />
            </Group>
          </Radio.Group>
          {LANGUAGES.map((language) => (
            <Fieldset key={language} legend={t(`texts_${language}`)}>
              <Stack gap="xs">
                <Textarea
                  label={t('greeting')}
                  autosize
                  maxRows={4}
                  maxLength={500}
                  value={look.texts?.[language]?.greeting ?? ''}
                  onChange={(event) => say(language, { greeting: event.currentTarget.value })}
                />
                <TextInput
                  label={t('vk_button')}
                  maxLength={100}
                  value={look.texts?.[language]?.vk_button ?? ''}
                  onChange={(event) => say(language, { vk_button: event.currentTarget.value })}
                />
              </Stack>
            </Fieldset>
          ))}
        </Stack>
      </Card>
      <Card withBorder component="section">
        <Stack gap="sm">
          <Title order={2} size="h4">
            {t('rules')}
          </Title>
          <Switch
            label={t('show_unavailable')}
            checked={setup.show_unavailable}
            onChange={(event) => onChange({ ...setup, show_unavailable: event.currentTarget.checked })}
          />
          <Textarea
            label={t('sites')}
            description={t('sites_about')}
            autosize
            minRows={2}
            value={setup.sites.join('\n')}
            onChange={(event) =>
              onChange({ ...setup, sites: event.currentTarget.value.split('\n').map((line) => line.trim()) })
            }
          />
        </Stack>
      </Card>
    </>
  );
}
