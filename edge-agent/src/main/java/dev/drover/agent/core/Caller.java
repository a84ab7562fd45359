package dev.drover.agent.core;

/** Who asked for a tool call or an answer; decides what policy and budget apply. */
public enum Caller {
  /** A program of the same user on this device. */
  LOCAL,
  /** A paired neighbour on the local network. */
  PEER,
  /** The hub, through a lease. */
  HUB
}
