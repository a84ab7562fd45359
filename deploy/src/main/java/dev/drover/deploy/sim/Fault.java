package dev.drover.deploy.sim;

import java.util.Locale;

/** What the simulation breaks. */
enum Fault {
  /** A message is lost. */
  DROP,
  /** A message comes much later. */
  DELAY,
  /** A message comes twice. */
  DUPLICATE,
  /** Messages of one session overtake each other. */
  REORDER,
  /** Some devices are cut off from the broker for a while. */
  PARTITION,
  /** The broker brings an old message again. */
  REPLAY,
  /** The broker acknowledges a message and drops it. */
  FALSE_ACK,
  /** The broker changes messages, makes some up, or gives them to another device. */
  FORGERY,
  /** Somebody with a device's audit key signs a batch that contradicts its records. */
  FALSE_RECORD,
  /** The broker keeps the last will of a lost device to itself. */
  LOST_WILL,
  /** The broker forgets its sessions, what it retains and what is on its way. */
  FORGETFUL_BROKER,
  /** The hub's process ends between any two of its effects. */
  HUB_CRASH,
  /** An agent's process ends between any two of its effects. */
  AGENT_CRASH,
  /** A device loses power: its process ends and its clocks begin anew. */
  POWER_CUT,
  /** A write is torn by the end of the process. */
  TORN_WRITE,
  /** A disk takes no more. */
  DISK_FULL,
  /** A wall clock jumps. */
  CLOCK_JUMP,
  /** A device boots in 1970. */
  CLOCK_1970,
  /** A device loses its store. */
  WIPE,
  /** A device is set back to an image that was taken before. */
  OLD_IMAGE,
  /** A file of the release that a device follows is damaged. */
  ROT,
  /** The hub is restored from a backup. */
  HUB_RESTORE,
  /** Every device connects anew at the same time. */
  MASS_RECONNECT,
  /** A process stands still for a while, and what comes meanwhile waits for it. */
  STANDSTILL,
  /** A device runs on its battery for a while. */
  ON_BATTERY;

  /** Returns the name for people and for the command line. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
