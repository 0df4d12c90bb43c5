import {
  createTheme,
  type CSSVariablesResolver,
  DEFAULT_THEME,
  type MantineColorsTuple,
} from '@mantine/core';

const blue: MantineColorsTuple = [
  '#eef4ff',
  '#dce7fd',
  '#b5ccf8',
  '#8bb0f4',
  '#6897f0',
  '#5288ee',
  '#3f76e4',
  '#2563eb',
  '#1d54c9',
  '#1746aa',
];

// Mantine's own shades 7 to 9 of these are too pale for text: WCAG AA asks for 4.5 : 1.
const darker = (
  colour: 'red' | 'orange' | 'yellow',
  ...shades: [string, string, string]
): MantineColorsTuple =>
  [...DEFAULT_THEME.colors[colour].slice(0, 7), ...shades] as unknown as MantineColorsTuple;

/** How the cabinet looks; spacing and sizes are Mantine's own. `close` is what a button that closes is called. */
export const themeWith = (close: string) =>
  createTheme({
    colors: {
      blue,
      red: darker('red', '#c92a2a', '#b52323', '#9b1c1c'),
      orange: darker('orange', '#c2410c', '#a83809', '#8f2f07'),
      yellow: darker('yellow', '#a16207', '#854d0e', '#713f12'),
    },
    primaryColor: 'blue',
    primaryShade: { light: 7, dark: 7 },
    autoContrast: true,
    defaultRadius: 'md',
    fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif',
    respectReducedMotion: true,
    components: { CloseButton: { defaultProps: { 'aria-label': close } } },
  });

/** Mantine's own greys and links are too pale for small text: WCAG AA asks for 4.5 : 1. */
export const colors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-anchor': blue[8],
    '--mantine-color-dimmed': '#5c636b',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-error': '#c92a2a',
  },
  dark: {
    '--mantine-color-dimmed': '#a8a8ad',
    '--mantine-color-placeholder': '#9a9aa0',
  },
});

/** Where the page gets narrow: one column, navigation at the thumb. */
export const PHONE = '(max-width: 48em)';
