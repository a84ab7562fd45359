package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.v1.CpuArch;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Hello;
import dev.drover.v1.InstalledRelease;
import dev.drover.wire.Vocabulary;

/** Devices for tests. */
final class Devices {
  static final long GIB = 1L << 30;

  private Devices() {}

  /** Returns an online device with all built-in tools and some memory. */
  static Device.Builder online(String name) {
    DeviceHealth health =
        DeviceHealth.newBuilder()
            .setCpus(4)
            .setMemoryTotalBytes(4 * GIB)
            .setMemoryAvailableBytes(2 * GIB)
            .setDiskFreeBytes(20 * GIB)
            .setTemperatureMillicelsius(41_500)
            .build();
    Hello.Builder hello =
        Hello.newBuilder().setAgentMajor(1).setAgentMinor(2).setArch(CpuArch.AARCH64);
    Vocabulary.tools().forEach(tool -> hello.addTools(Vocabulary.toolNumber(tool)));
    return Device.newBuilder()
        .setDevice(name)
        .setState(DeviceState.ONLINE)
        .setHello(hello.setHealth(health))
        .setHealth(health);
  }

  static InstalledRelease installed(int manifest, int model) {
    return InstalledRelease.newBuilder()
        .setManifestSha256(digest(manifest))
        .setModelSha256(digest(model))
        .setReleaseCounter(1)
        .build();
  }

  static ByteString digest(int seed) {
    byte[] bytes = new byte[32];
    java.util.Arrays.fill(bytes, (byte) seed);
    return ByteString.copyFrom(bytes);
  }
}
