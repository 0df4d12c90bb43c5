import type { IntegrationsIntegrationOut, WidgetConfigSetup, WidgetConfigWidgetOut } from '~/api';

/** What a visitor would see of one channel. */
export interface ShownChannel {
  name: string;
  label: string;
}

type State = IntegrationsIntegrationOut['state'];

/** The setup that the editor begins with: the draft, else what is published. */
export function setupOf(widget: WidgetConfigWidgetOut): WidgetConfigSetup {
  return (
    widget.draft ?? {
      look: widget.look,
      show_unavailable: widget.show_unavailable,
      sites: widget.sites,
      channels: widget.channels.map(({ integration_id, label, tooltip }) => ({
        integration_id,
        label,
        tooltip,
      })),
    }
  );
}

/** The setup with a channel moved by so many places; the same setup when there is no such place. */
export function moved(setup: WidgetConfigSetup, index: number, by: number): WidgetConfigSetup {
  const channels = [...setup.channels];
  const [channel] = channels.splice(index, 1);
  if (!channel || index + by < 0 || index + by > channels.length) return setup;
  channels.splice(index + by, 0, channel);
  return { ...setup, channels };
}

/** Whether visitors see a channel whose integration is in that state, as widget-config decides it. */
export function isShown(state: State, showUnavailable: boolean): boolean {
  return state === 'active' || state === 'attention' || (state === 'unavailable' && showUnavailable);
}
