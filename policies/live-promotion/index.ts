import { PolicyPack } from '../policy-sdk';
import { refuseLivePosture } from './refuse-live-posture';
import { refuseLiveWorkload } from './refuse-live-workload';

new PolicyPack('live-promotion', { policies: [refuseLivePosture, refuseLiveWorkload] });
