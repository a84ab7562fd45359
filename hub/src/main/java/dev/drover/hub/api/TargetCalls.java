package dev.drover.hub.api;

import dev.drover.hub.fleet.FleetService;
import dev.drover.v1.ConfigureDeviceRequest;
import dev.drover.v1.Device;
import dev.drover.v1.ExplainPlacementRequest;
import dev.drover.v1.GetDeviceRequest;
import dev.drover.v1.HubServiceGrpc;
import dev.drover.v1.LabelDeviceRequest;
import dev.drover.v1.ListDevicesRequest;
import dev.drover.v1.ListDevicesResponse;
import dev.drover.v1.ListTargetGroupsRequest;
import dev.drover.v1.ListTargetGroupsResponse;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.RemoveTargetGroupRequest;
import dev.drover.v1.RemoveTargetGroupResponse;
import dev.drover.v1.RevokeDeviceRequest;
import dev.drover.v1.Role;
import dev.drover.v1.TargetGroup;
import io.grpc.stub.StreamObserver;

/** The operators' calls about devices: who they are, how they are grouped, why they were chosen. */
abstract class TargetCalls extends HubServiceGrpc.HubServiceImplBase {
  private final OperatorAuth auth;
  private final FleetService fleet;

  TargetCalls(OperatorAuth auth, FleetService fleet) {
    this.auth = auth;
    this.fleet = fleet;
  }

  @Override
  public void listDevices(ListDevicesRequest request, StreamObserver<ListDevicesResponse> answer) {
    Answers.now(
        answer,
        () ->
            fleet
                .devices()
                .list(request.getSelector(), request.getPageSize(), request.getPageToken()));
  }

  @Override
  public void getDevice(GetDeviceRequest request, StreamObserver<Device> answer) {
    Answers.now(answer, () -> fleet.devices().get(request.getDevice()));
  }

  @Override
  public void revokeDevice(RevokeDeviceRequest request, StreamObserver<Device> answer) {
    Answers.later(
        answer, () -> fleet.devices().revoke(request.getDevice(), auth.require(Role.ADMIN).name()));
  }

  @Override
  public void labelDevice(LabelDeviceRequest request, StreamObserver<Device> answer) {
    Answers.later(answer, () -> fleet.devices().label(request, auth.require(Role.OPERATOR).name()));
  }

  @Override
  public void configureDevice(ConfigureDeviceRequest request, StreamObserver<Device> answer) {
    Answers.later(
        answer, () -> fleet.devices().configure(request, auth.require(Role.OPERATOR).name()));
  }

  @Override
  public void explainPlacement(
      ExplainPlacementRequest request, StreamObserver<PlacementExplanation> answer) {
    Answers.now(answer, () -> fleet.jobs().explain(request.getJob(), request.getDevice()));
  }

  @Override
  public void saveTargetGroup(TargetGroup request, StreamObserver<TargetGroup> answer) {
    Answers.later(answer, () -> fleet.groups().save(request, auth.require(Role.OPERATOR).name()));
  }

  @Override
  public void listTargetGroups(
      ListTargetGroupsRequest request, StreamObserver<ListTargetGroupsResponse> answer) {
    Answers.now(
        answer,
        () -> ListTargetGroupsResponse.newBuilder().addAllGroups(fleet.groups().list()).build());
  }

  @Override
  public void removeTargetGroup(
      RemoveTargetGroupRequest request, StreamObserver<RemoveTargetGroupResponse> answer) {
    Answers.later(
        answer,
        () ->
            fleet
                .groups()
                .remove(request.getName(), auth.require(Role.OPERATOR).name())
                .thenApply(done -> RemoveTargetGroupResponse.getDefaultInstance()));
  }
}
