import { SegmentedControl, Stack, Text } from '@mantine/core';
import { IconMessageCircle } from '@tabler/icons-react';
import { useState } from 'react';

import type { IntegrationsIntegrationOut, WidgetConfigSetup } from '~/api';
import { useLanguage, useTexts } from '~/i18n';

import { isShown } from './setup';
import classes from './widgets.module.css';

interface Props {
  setup: WidgetConfigSetup;
  integrations: IntegrationsIntegrationOut[];
}

const STATES = ['open', 'closed', 'unavailable'] as const;
const PLACES = ['desktop', 'phone'] as const;

/** What a visitor of the site would see, before anything is published. */
export function Preview({ setup, integrations }: Props) {
  const t = useTexts('widgets');
  const [state, setState] = useState<(typeof STATES)[number]>('open');
  const [place, setPlace] = useState<(typeof PLACES)[number]>('desktop');
  const shown = setup.channels.flatMap((channel) => {
    const integration = integrations.find((one) => one.id === channel.integration_id);
    if (!integration) return [];
    const current = state === 'unavailable' ? 'unavailable' : integration.state;
    return isShown(current, setup.show_unavailable) ? [{ channel, integration }] : [];
  });
  return (
    <Stack gap="xs" component="section" aria-label={t('preview')}>
      <SegmentedControl
        aria-label={t('preview')}
        value={place}
        onChange={setPlace}
        data={PLACES.map((value) => ({ value, label: t(`preview_${value}`) }))}
      />
      <SegmentedControl
        aria-label={t('preview_state')}
        value={state}
        onChange={setState}
        size="xs"
        data={STATES.map((value) => ({ value, label: t(`preview_${value}`) }))}
      />
      <div className={`${classes.page} ${place === 'phone' ? classes.phone : ''}`}>
        {shown.length === 0 ? (
          <Text size="sm" p="md">
            {t('preview_nothing')}
          </Text>
        ) : (
          <Site setup={setup} shown={shown} isOpen={state !== 'closed'} />
        )}
      </div>
    </Stack>
  );
}

interface SiteProps {
  setup: WidgetConfigSetup;
  shown: { channel: WidgetConfigSetup['channels'][number]; integration: IntegrationsIntegrationOut }[];
  isOpen: boolean;
}

function Site({ setup, shown, isOpen }: SiteProps) {
  const t = useTexts('widgets');
  const [language] = useLanguage();
  const { look } = setup;
  const colour = look.color ?? '#1F6FD0';
  const side = look.corner === 'left' ? { left: 16 } : { right: 16 };
  const words = look.texts?.[language];
  const ink = { background: colour, color: inkOn(colour) };
  return (
    <>
      {isOpen && (
        <div className={classes.panel} style={side}>
          <div className={classes.head} style={ink}>
            {look.title || t('heading_default')}
          </div>
          <div className={classes.body}>
            {words?.greeting && <div>{words.greeting}</div>}
            {shown.map(({ channel, integration }) => (
              <div key={channel.integration_id} className={classes.channel}>
                {channel.label?.[language] || words?.vk_button || t('vk_button_default')}
                <small>{integration.name}</small>
              </div>
            ))}
          </div>
        </div>
      )}
      <div className={classes.launcher} style={{ ...ink, ...side }}>
        <IconMessageCircle size={24} aria-hidden />
      </div>
    </>
  );
}

/** Black or white, whichever is read better on the colour (WCAG's relative luminance), as the script decides. */
function inkOn(colour: string): string {
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.039_28 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const [red = 0, green = 0, blue = 0] = channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#000' : '#fff';
}
