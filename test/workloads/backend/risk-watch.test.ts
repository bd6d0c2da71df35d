import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { RiskWatch } from '../../../workloads/backend/risk-watch';

const limits = { maxOrderUsd: 1, maxPositionUsd: 1, maxDrawdown: 0.1, maxOrdersPerMinute: 1 };

describe('RiskWatch', () => {
  let drawdown: number;
  let diskWorks: boolean;
  let onDisk: boolean;
  let audits: string[];
  const start = () =>
    new RiskWatch(
      { book: async () => ({ equityUsd: 1, peakUsd: 1, drawdown, positions: [] }) },
      {
        isLocked: () => onDisk,
        setLocked: (locked) => {
          if (!diskWorks) throw new Error('disk full');
          onDisk = locked;
        },
        addAudit: (action) => void audits.push(action),
      },
      limits,
      pino({ level: 'silent' }),
    );

  beforeEach(() => {
    drawdown = 0;
    diskWorks = true;
    onDisk = false;
    audits = [];
  });

  it('holds at the limit, and trips above it', async () => {
    const watch = start();
    drawdown = 0.1;
    await watch.observe(0);
    expect(watch.isLocked()).toBe(false);
    drawdown = 0.1000001;
    await watch.observe(0);
    expect(watch.isLocked()).toBe(true);
  });

  it('holds the brake while the disk fails, and writes it down when the disk is back, also after a recovery', async () => {
    const watch = start();
    drawdown = 0.2;
    diskWorks = false;
    await expect(watch.observe(0)).rejects.toThrow('disk full');
    expect(watch.isLocked()).toBe(true);
    drawdown = 0;
    diskWorks = true;
    await watch.observe(0);
    expect(onDisk).toBe(true);
    expect(audits).toEqual(['risk_brake']);
    expect(start().isLocked()).toBe(true);
  });

  it('keeps the brake on when the reset cannot be written down', async () => {
    onDisk = true;
    const watch = start();
    diskWorks = false;
    await expect(watch.reset(0)).rejects.toThrow('disk full');
    expect(watch.isLocked()).toBe(true);
  });
});
