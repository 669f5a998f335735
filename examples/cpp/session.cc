// Initiates a session through an RKE gateway, and receives it: session GATEWAY RECEIVER
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>

#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "rke/v1/session.grpc.pb.h"

using rke::v1::RkeSessionService;

namespace {

std::chrono::system_clock::time_point In(int seconds) {
  return std::chrono::system_clock::now() + std::chrono::seconds(seconds);
}

std::string Hex(const std::string& bytes) {
  std::string text;
  for (unsigned char byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::string NewKey() {
  std::random_device random;
  return std::to_string(random()) + "-" + std::to_string(random()) + "-" + std::to_string(random());
}

// The reason of an error, and its invalid fields.
std::string Describe(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  std::string reason, fields;
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    if (detail.UnpackTo(&info)) {
      reason = info.reason();
    } else if (detail.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        fields += " " + violation.field();
      }
    }
  }
  return reason.empty() ? status.error_message() : reason + fields;
}

void Check(const grpc::Status& status) {
  if (!status.ok()) {
    throw std::runtime_error(Describe(status));
  }
}

// Waits for the session. A receiver in another process would take any session of its peer.
rke::v1::ClaimSessionResponse Receive(RkeSessionService::Stub& sessions, const std::string& id) {
  grpc::ClientContext watch_context;
  watch_context.set_deadline(In(30));
  rke::v1::WatchSessionsRequest watch_request;
  watch_request.set_consumer("example");
  auto watch = sessions.WatchSessions(&watch_context, watch_request);
  rke::v1::WatchSessionsResponse event;
  while (watch->Read(&event)) {
    if (event.session().session_id() != id) {
      continue;
    }
    watch_context.TryCancel();

    // With the same key, the call can be repeated if its response is lost.
    const std::string key = NewKey();
    grpc::ClientContext claim_context, acknowledge_context;
    claim_context.set_deadline(In(5));
    acknowledge_context.set_deadline(In(5));
    rke::v1::ClaimSessionRequest claim;
    claim.set_session_id(id);
    claim.set_idempotency_key(key);
    rke::v1::ClaimSessionResponse claimed;
    Check(sessions.ClaimSession(&claim_context, claim, &claimed));
    rke::v1::AcknowledgeSessionRequest acknowledge;
    acknowledge.set_session_id(id);
    acknowledge.set_idempotency_key(key);
    rke::v1::AcknowledgeSessionResponse acknowledged;
    Check(sessions.AcknowledgeSession(&acknowledge_context, acknowledge, &acknowledged));
    return claimed;
  }
  throw std::runtime_error("the gateway ended the stream: " + watch->Finish().error_message());
}

void Run(const std::string& gateway, const std::string& receiver) {
  std::stringstream config;
  config << std::ifstream("protos/service-config.json").rdbuf();
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(config.str());
  RkeSessionService::Stub sessions(grpc::CreateCustomChannel(gateway, grpc::InsecureChannelCredentials(), arguments));

  const auto colon = receiver.rfind(':');
  rke::v1::InitiateSessionRequest request;
  request.mutable_endpoint()->set_host(receiver.substr(0, colon));
  request.mutable_endpoint()->set_port(std::stoi(receiver.substr(colon + 1)));
  request.set_key_size(7);
  request.set_idempotency_key(NewKey());
  rke::v1::InitiateSessionResponse made;
  grpc::ClientContext refused_context, made_context, found_context;
  refused_context.set_deadline(In(5));
  const auto refused = sessions.InitiateSession(&refused_context, request, &made);
  std::cout << "refused: " << Describe(refused) << std::endl;

  request.set_key_size(32);
  made_context.set_deadline(In(30));
  Check(sessions.InitiateSession(&made_context, request, &made));
  std::cout << "initiated: " << Hex(made.session_id()) << std::endl;
  const auto claimed = Receive(sessions, made.session_id());
  std::cout << "received: " << Hex(claimed.session().session_id()) << std::endl;
  std::cout << "the keys are equal: " << std::boolalpha << (claimed.derived_key() == made.derived_key()) << std::endl;

  // The service config repeats this call if the gateway is unavailable.
  rke::v1::GetSessionRequest get;
  get.set_session_id(made.session_id());
  rke::v1::GetSessionResponse found;
  found_context.set_deadline(In(5));
  Check(sessions.GetSession(&found_context, get, &found));
  std::cout << "state: " << rke::v1::Session::State_Name(found.session().state()) << std::endl;
}

}  // namespace

int main(int, char** arguments) {
  try {
    Run(arguments[1], arguments[2]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
