package dev.drover.agent.core;

import dev.drover.wire.ErrorCode;

/** The agent's hold on its own process. */
public interface ProcessControl {
  /** Exit code that asks the supervisor (launcher or systemd) to start the agent again at once. */
  int RESTART_EXIT_CODE = 75;

  /**
   * Asks the process to end in order and to be started again. Returns at once; may be called more
   * than once.
   *
   * @param reason constant text for the log
   */
  void restart(String reason);

  /**
   * Asks the process to end because its store failed and nothing more can be acknowledged. The
   * supervisor starts it again, after a pause, over what is durable. Returns at once; may be called
   * more than once.
   *
   * @param code what the engine refuses everything with
   */
  void storeFailed(ErrorCode code);
}
