import { expect, test } from 'vitest';

import type { WidgetConfigSetup } from '~/api';

import { isShown, moved } from './setup';

const setup: WidgetConfigSetup = {
  look: {},
  show_unavailable: false,
  sites: [],
  channels: ['a', 'b', 'c'].map((one) => ({ integration_id: one })),
};
const order = (one: WidgetConfigSetup) => one.channels.map((channel) => channel.integration_id).join('');

test('a channel is moved by one place and never out of the list', () => {
  expect(order(moved(setup, 0, 1))).toBe('bac');
  expect(order(moved(setup, 2, -1))).toBe('acb');
  expect(moved(setup, 0, -1)).toBe(setup);
  expect(moved(setup, 2, 1)).toBe(setup);
  expect(order(setup)).toBe('abc');
});

test('a button is shown as widget-config shows it', () => {
  expect(isShown('active', false)).toBe(true);
  expect(isShown('attention', false)).toBe(true);
  expect(isShown('unavailable', false)).toBe(false);
  expect(isShown('unavailable', true)).toBe(true);
  expect(isShown('deactivated', true)).toBe(false);
});
