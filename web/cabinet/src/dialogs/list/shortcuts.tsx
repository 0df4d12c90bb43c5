import { Kbd, Modal, Table } from '@mantine/core';
import { Fragment } from 'react';

import { useTexts } from '~/i18n';
import '~/ui/styles';

import classes from './panels.module.css';

const KEYS = [
  ['key_move', ['j', 'k']],
  ['key_open', ['Enter']],
  ['key_select', ['x']],
  ['key_search', ['/']],
  ['key_tabs', ['1', '2', '3', '4']],
  ['key_escape', ['Esc']],
  ['key_help', ['?']],
] as const;

/** What the keyboard can do in the list. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const t = useTexts('list');
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('shortcuts')}
      closeButtonProps={{ 'aria-label': t('shortcuts_close') }}
    >
      <Table>
        <Table.Tbody>
          {KEYS.map(([what, keys]) => (
            <Table.Tr key={what}>
              <Table.Td>{t(what)}</Table.Td>
              <Table.Td ta="right" className={classes.keys}>
                {keys.map((key) => (
                  <Fragment key={key}>
                    <Kbd>{key}</Kbd>{' '}
                  </Fragment>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
