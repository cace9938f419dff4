/** The shell's script. */
import { sh } from './sh/program.ts';
import { offerPrograms } from './program/start.ts';

offerPrograms([sh]);
