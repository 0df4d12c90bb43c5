import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

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

/** How the cabinet looks; spacing and sizes are Mantine's own. */
export const theme = createTheme({
  colors: { blue },
  primaryColor: 'blue',
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif',
  respectReducedMotion: true,
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
