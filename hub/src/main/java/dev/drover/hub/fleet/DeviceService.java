package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.hub.core.DeviceRows;
import dev.drover.hub.core.ExecutionRows;
import dev.drover.hub.core.MachineKeys;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.hub.core.Selector;
import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.Desire;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.DeviceSeen;
import dev.drover.hub.v1.Enrolled;
import dev.drover.hub.v1.ExecutionHead;
import dev.drover.hub.v1.Relabel;
import dev.drover.hub.v1.Renewed;
import dev.drover.hub.v1.Revoke;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.ConfigureDeviceRequest;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.LabelDeviceRequest;
import dev.drover.v1.ListDevicesResponse;
import dev.drover.v1.RefusedReports;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The devices of the tenant: who they are, what they last said, and what is done to them.
 *
 * <p>Thread-safe. Reads are of committed state, on the caller's thread. What a completed stage says
 * is durable; a stage fails with a {@link DroverException}.
 */
public final class DeviceService {
  private static final int PAGE_DEFAULT = 100;
  private static final int SCAN_KEYS = 1000;
  private static final int DIGEST_CHARS = 12;

  private final Machines machines;
  private final ReleaseCatalog releases;
  private final Consumer<String> changed;

  /** Makes the service; it names each device that was changed, after that is durable. */
  DeviceService(Machines machines, ReleaseCatalog releases, Consumer<String> changed) {
    this.machines = machines;
    this.releases = releases;
    this.changed = changed;
  }

  /**
   * How many devices there are.
   *
   * @param all invited, enrolled, on- and offline; not the revoked ones
   * @param online of these, heard of lately
   */
  public record Counts(int all, int online) {}

  /**
   * Returns a device.
   *
   * @throws DroverException {@link ErrorCode#NOT_FOUND}
   */
  public Device get(String device) {
    Device found =
        find(device)
            .orElseThrow(
                () -> new DroverException(ErrorCode.NOT_FOUND, "No device has this name."));
    ExecutionHead head = machines.readExecutions(device, ExecutionRows::head);
    DeviceSeen seen = machines.readDevice(device, DeviceRows::seen);
    return found.toBuilder()
        .setRefusedReports(
            RefusedReports.newBuilder()
                .setNotGranted(head.getRefusedUnknown())
                .setOtherAttempt(head.getRefusedAttempt())
                .setOutOfOrder(head.getRefusedOrder())
                .setReplayed(seen.getRefused()))
        .build();
  }

  /** Returns a device, if it was ever invited. */
  public Optional<Device> find(String device) {
    return machines.readDevice(device, DeviceRows::device).map(this::named);
  }

  /**
   * Returns devices in order of their names.
   *
   * @param selector see {@link Selector}; empty for all
   * @param pageSize most devices to return, 0 for {@value #PAGE_DEFAULT}
   * @param pageToken from the page before, empty to begin
   * @throws DroverException {@link ErrorCode#SELECTOR_INVALID} or {@link ErrorCode#LIMIT_EXCEEDED}
   */
  public ListDevicesResponse list(String selector, int pageSize, String pageToken) {
    Limits.check("The page size", Integer.toUnsignedLong(pageSize), Limits.PAGE_SIZE_MAX);
    Selector chosen = Selector.parse(selector);
    int size = pageSize == 0 ? PAGE_DEFAULT : pageSize;
    long nowMs = machines.engine().nowMs();
    ListDevicesResponse.Builder page = ListDevicesResponse.newBuilder();
    String after = pageToken;
    while (true) {
      List<String> names = names(after);
      for (String name : names) {
        Optional<Device> device = find(name).filter(d -> chosen.matches(d, nowMs));
        if (device.isPresent() && page.getDevicesCount() == size) {
          return page.setNextPageToken(after).build();
        }
        device.ifPresent(page::addDevices);
        after = name;
      }
      if (names.size() < SCAN_KEYS) {
        return page.build();
      }
    }
  }

  /** Gives every device of the tenant to the consumer, in order of their names. */
  void forEach(Consumer<Device> consumer) {
    forEachName(name -> find(name).ifPresent(consumer));
  }

  /** Gives the name of every device of the tenant to the consumer, in order. */
  void forEachName(Consumer<String> consumer) {
    String after = "";
    List<String> names;
    do {
      names = names(after);
      names.forEach(consumer);
      after = names.isEmpty() ? "" : names.get(names.size() - 1);
    } while (names.size() == SCAN_KEYS);
  }

  private List<String> names(String after) {
    return names(after, SCAN_KEYS);
  }

  /** Returns the names of devices in order, after the given one. */
  List<String> names(String after, int limit) {
    return machines
        .engine()
        .scanKeys(MachineKeys.DEVICE, MachineKeys.of(machines.tenant(), after), limit)
        .stream()
        .filter(key -> MachineKeys.tenant(key).equals(machines.tenant()))
        .map(MachineKeys::name)
        .toList();
  }

  /** Returns the names of the devices that are revoked now. Reads all of them. */
  public List<String> revoked() {
    List<String> names = new ArrayList<>();
    forEach(
        device -> {
          if (device.getState() == DeviceState.REVOKED) {
            names.add(device.getDevice());
          }
        });
    return names;
  }

  /** Counts the devices. Reads all of them. */
  public Counts counts() {
    int[] counts = new int[2];
    forEach(
        device -> {
          counts[0] += device.getState() == DeviceState.REVOKED ? 0 : 1;
          counts[1] += device.getState() == DeviceState.ONLINE ? 1 : 0;
        });
    return new Counts(counts[0], counts[1]);
  }

  /** Returns what an enrolled device proves itself with; empty before that and once revoked. */
  public Optional<Credentials> credentials(String device) {
    return machines
        .readDevice(device, DeviceRows::row)
        .filter(DeviceRow::hasCredentials)
        .filter(row -> row.getRevokedMs() < row.getEnrolledMs())
        .map(DeviceRow::getCredentials);
  }

  /**
   * Makes an invited device one of the fleet, after its token was redeemed and its certificates
   * were made; certificates it had before are refused from then on.
   *
   * @param credentials serials in lower-case hexadecimal; without a previous serial
   * @param incarnation of the device's store
   * @param requestSha256 of the request, for the log
   */
  public CompletionStage<Device> enrol(
      String device, Credentials credentials, long incarnation, byte[] requestSha256) {
    Enrolled enrolled =
        Enrolled.newBuilder()
            .setCredentials(credentials)
            .setIncarnation(incarnation)
            .setRequestSha256(ByteString.copyFrom(requestSha256))
            .build();
    return change(device, DeviceEnvelope.newBuilder().setEnrolled(enrolled));
  }

  /**
   * Notes the new certificates of a device. Those by which it asked stay good until they expire,
   * for the case that it does not get the answer; all others of the device are refused.
   *
   * @param shownSerial of the control certificate by which it asked, lower-case hexadecimal
   */
  public CompletionStage<Device> renew(
      String device, Credentials credentials, String shownSerial, byte[] requestSha256) {
    Renewed renewed =
        Renewed.newBuilder()
            .setCredentials(credentials)
            .setShownSerial(shownSerial)
            .setRequestSha256(ByteString.copyFrom(requestSha256))
            .build();
    return change(device, DeviceEnvelope.newBuilder().setRenewed(renewed));
  }

  /**
   * Refuses a device's certificates, cuts its connections and ends its executions. Again does
   * nothing.
   *
   * @param operator who wants it
   */
  public CompletionStage<Device> revoke(String device, String operator) {
    Revoke revoke =
        Revoke.newBuilder()
            .setOperator(operator)
            .setRequestSha256(Requests.sha256("revoke", device))
            .build();
    return change(device, DeviceEnvelope.newBuilder().setRevoke(revoke));
  }

  /**
   * Changes labels of a device; those that are not named stay.
   *
   * @param operator who wants it
   * @return fails with {@link ErrorCode#NOT_FOUND}, {@link ErrorCode#INVALID_ARGUMENT} or {@link
   *     ErrorCode#LIMIT_EXCEEDED}
   */
  public CompletionStage<Device> label(LabelDeviceRequest request, String operator) {
    Relabel relabel =
        Relabel.newBuilder()
            .putAllSet(request.getSetMap())
            .addAllRemove(request.getRemoveList())
            .setOperator(operator)
            .setRequestSha256(Requests.sha256(request))
            .build();
    return change(request.getDevice(), DeviceEnvelope.newBuilder().setRelabel(relabel));
  }

  /**
   * Changes what is desired of a device's configuration; keys that are not named stay. The device
   * is told with a numbered, signed command, and says itself what it takes of it.
   *
   * @param operator who wants it
   * @return fails with {@link ErrorCode#NOT_FOUND}, {@link ErrorCode#INVALID_ARGUMENT}, {@link
   *     ErrorCode#LIMIT_EXCEEDED}, or {@link ErrorCode#ILLEGAL_TRANSITION} where another version
   *     was expected
   */
  public CompletionStage<Device> configure(ConfigureDeviceRequest request, String operator) {
    Desire desire =
        Desire.newBuilder()
            .putAllSet(request.getSetMap())
            .addAllUnset(request.getUnsetList())
            .setExpectedVersion(request.getExpectedVersion())
            .setOperator(operator)
            .setRequestSha256(Requests.sha256(request))
            .build();
    return change(request.getDevice(), DeviceEnvelope.newBuilder().setDesire(desire));
  }

  private CompletionStage<Device> change(String device, DeviceEnvelope.Builder event) {
    return Machines.staged(
        () -> {
          get(device);
          return machines
              .device(device, event)
              .thenApply(
                  done -> {
                    changed.accept(device);
                    return get(device);
                  });
        });
  }

  private Device named(Device device) {
    byte[] manifest = device.getInstalled().getManifestSha256().toByteArray();
    Optional<ReleaseManifest> release =
        manifest.length == 0 ? Optional.empty() : releases.manifest(manifest);
    byte[] model = device.getInstalled().getModelSha256().toByteArray();
    String digest = Hashes.hex(model);
    String name =
        release
            .flatMap(ReleaseManifest::model)
            .filter(artifact -> artifact.sha256().equals(digest))
            .map(Artifact::name)
            .orElse(model.length == 0 ? "" : digest.substring(0, DIGEST_CHARS));
    return device.toBuilder()
        .setResidentModel(name)
        .setRelease(release.map(ReleaseManifest::label).orElse(""))
        .build();
  }
}
