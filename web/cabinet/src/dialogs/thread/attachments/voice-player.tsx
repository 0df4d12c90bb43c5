import { ActionIcon, UnstyledButton } from '@mantine/core';
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';

import type { DialogsAttachmentOut } from '~/api';
import { useTexts } from '~/i18n';

import { clock } from '../words';
import classes from './attachments.module.css';
import { DocumentCard } from './document-card';
import { fileUrl, readyFile } from './file';
import { Waveform } from './waveform';

const SPEEDS = [1, 1.5, 2];
let playing: HTMLAudioElement | null = null;

/** A voice message: play, pause, any place of it, faster, and its transcript. One plays at a time. */
export function VoicePlayer({ attachment }: { attachment: DialogsAttachmentOut }) {
  const t = useTexts('thread');
  const file = readyFile(attachment);
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setIsPlaying] = useState(false);
  const [isBroken, setIsBroken] = useState(false);
  const [seconds, setSeconds] = useState(0);
  const [length, setLength] = useState(attachment.duration_seconds ?? 0);
  const [speed, setSpeed] = useState(1);
  useEffect(() => {
    const own = audio.current;
    return () => own?.pause();
  }, []);
  if (!file) return <DocumentCard attachment={{ ...attachment, title: t('kind.voice') }} />;

  const toggle = () => {
    const own = audio.current;
    if (!own) return;
    if (isPlaying) {
      own.pause();
      return;
    }
    if (playing !== own) playing?.pause();
    playing = own;
    own.playbackRate = speed;
    own.play().catch((error: DOMException) => setIsBroken(error.name !== 'AbortError'));
  };
  const seek = (to: number) => {
    setSeconds(to);
    if (audio.current) audio.current.currentTime = to;
  };
  const faster = () => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };
  return (
    <div className={classes.voice}>
      {/* What is said is in the transcript, if VK made one. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <audio
        ref={audio}
        src={fileUrl(file)}
        preload="none"
        onPlay={() => setIsPlaying(true)}
        onPause={() => setIsPlaying(false)}
        onEnded={() => seek(0)}
        onTimeUpdate={(event) => setSeconds(event.currentTarget.currentTime)}
        onLoadedMetadata={(event) => {
          const { duration } = event.currentTarget;
          if (Number.isFinite(duration) && duration > 0) setLength(duration);
        }}
        onError={() => setIsBroken(true)}
      />
      <ActionIcon
        radius="xl"
        size={40}
        variant="filled"
        aria-label={t(isPlaying ? 'voice.pause' : 'voice.play')}
        onClick={toggle}
      >
        {isPlaying ? (
          <IconPlayerPauseFilled size={18} aria-hidden />
        ) : (
          <IconPlayerPlayFilled size={18} aria-hidden />
        )}
      </ActionIcon>
      <div className={classes.track}>
        <Waveform heights={attachment.waveform} played={length ? seconds / length : 0} />
        <input
          type="range"
          className={classes.seek}
          aria-label={t('voice.place')}
          aria-valuetext={`${clock(seconds)} / ${clock(length)}`}
          min={0}
          max={length || 1}
          step={0.1}
          value={Math.min(seconds, length || 1)}
          onChange={(event) => seek(Number(event.currentTarget.value))}
        />
      </div>
      <span className={classes.time}>{clock(isPlaying || seconds > 0 ? seconds : length)}</span>
      <UnstyledButton className={classes.speed} aria-label={t('voice.speed', { speed })} onClick={faster}>
        {speed}×
      </UnstyledButton>
      {isBroken && (
        <p className={classes.broken} role="alert">
          {t('voice.broken')}{' '}
          <a href={fileUrl(file)} download>
            {t('download', { name: t('kind.voice') })}
          </a>
        </p>
      )}
      {attachment.text && (
        <details className={classes.transcript}>
          <summary>{t('voice.transcript')}</summary>
          {attachment.text}
        </details>
      )}
    </div>
  );
}
