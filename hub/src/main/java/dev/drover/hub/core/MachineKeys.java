package dev.drover.hub.core;

/**
 * Names of the hub's machines and how their keys are built. They never change: stores hold them.
 */
public final class MachineKeys {
  /** {@link DeviceMachine}, keyed by tenant and device. */
  public static final String DEVICE = "device";

  /** {@link ExecutionMachine}, keyed by tenant and device. */
  public static final String EXECUTION = "execution";

  /** {@link JobMachine}, keyed by tenant and job. */
  public static final String JOB = "job";

  /** {@link AuditMachine}, keyed by log, which is the tenant. */
  public static final String AUDIT = "audit";

  /** {@link RegistryMachine}, keyed by tenant. */
  public static final String REGISTRY = "registry";

  private static final char SEPARATOR = '|';

  private MachineKeys() {}

  /** Returns the key of a device or job of a tenant; both are identifiers without separators. */
  public static String of(String tenant, String name) {
    return tenant + SEPARATOR + name;
  }

  /** Returns the tenant of a key. */
  public static String tenant(String key) {
    int at = key.indexOf(SEPARATOR);
    return at < 0 ? key : key.substring(0, at);
  }

  /** Returns the device or job of a key. */
  public static String name(String key) {
    return key.substring(key.indexOf(SEPARATOR) + 1);
  }
}
