import { lazy, type ReactElement, type ReactNode, Suspense, useState } from 'react';

const OpenMenu = lazy(() => import('./open-menu').then((module) => ({ default: module.OpenMenu })));

interface Props {
  /** The button; gets `onClick` and what a screen reader needs. */
  button: (opening: {
    onClick: () => void;
    'aria-haspopup': 'menu';
    'aria-expanded': boolean;
  }) => ReactElement;
  /** A lazy component with the `Menu.Item`s, so that they too are fetched when the menu opens. */
  children: ReactNode;
  width?: number;
  position?: 'bottom-start' | 'top-start' | 'bottom-end' | 'top-end';
}

/** A button with a menu whose code is fetched at the first opening, so that it costs the first load nothing. */
export function LazyMenu({ button, children, width = 220, position = 'bottom-start' }: Props) {
  const [opened, setOpened] = useState(false);
  const [wanted, setWanted] = useState(false);
  const target = button({
    onClick: () => {
      setWanted(true);
      setOpened((was) => !was);
    },
    'aria-haspopup': 'menu',
    'aria-expanded': opened,
  });
  if (!wanted) return target;
  return (
    <Suspense fallback={target}>
      <OpenMenu target={target} opened={opened} onChange={setOpened} width={width} position={position}>
        {children}
      </OpenMenu>
    </Suspense>
  );
}
