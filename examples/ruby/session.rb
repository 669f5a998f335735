# Initiates a session through an RKE gateway, and receives it: session.rb GATEWAY RECEIVER
require "securerandom"
require "grpc"
require "google/protobuf/well_known_types"
require "google/rpc/error_details_pb"
require "rke/v1/session_services_pb"

SERVICE_CONFIG = File.read(File.expand_path("../../protos/service-config.json", __dir__))

# The reason of an error, and its invalid fields.
def describe(error)
  info, bad = [Google::Rpc::ErrorInfo, Google::Rpc::BadRequest].map do |type|
    detail = error.to_rpc_status&.details&.find { |any| any.is(type) }
    detail&.unpack(type)
  end
  [info&.reason || error.class.name, *bad&.field_violations&.map(&:field)].join(" ")
end

# Waits for the session. A receiver in another process would take any session of its peer.
def receive(sessions, id)
  watch = sessions.watch_sessions(Rke::V1::WatchSessionsRequest.new(consumer: "example"), deadline: Time.now + 30)
  watch.each do |event|
    next unless event.session&.session_id == id

    # With the same key, the call can be repeated if its response is lost.
    key = SecureRandom.uuid
    claimed = sessions.claim_session(
      Rke::V1::ClaimSessionRequest.new(session_id: id, idempotency_key: key), deadline: Time.now + 5)
    sessions.acknowledge_session(
      Rke::V1::AcknowledgeSessionRequest.new(session_id: id, idempotency_key: key), deadline: Time.now + 5)
    return claimed
  end
  raise "the gateway ended the stream"
end

gateway, receiver = ARGV
host, port = receiver.split(":")
sessions = Rke::V1::RkeSessionService::Stub.new(
  gateway, :this_channel_is_insecure, channel_args: { "grpc.service_config" => SERVICE_CONFIG })
request = Rke::V1::InitiateSessionRequest.new(
  endpoint: Rke::V1::Endpoint.new(host: host, port: port.to_i), key_size: 7, idempotency_key: SecureRandom.uuid)
begin
  sessions.initiate_session(request, deadline: Time.now + 5)
rescue GRPC::BadStatus => e
  puts "refused: #{describe(e)}"
end

request.key_size = 32
made = sessions.initiate_session(request, deadline: Time.now + 30)
puts "initiated: #{made.session_id.unpack1("H*")}"
claimed = receive(sessions, made.session_id)
puts "received: #{claimed.session.session_id.unpack1("H*")}"
puts "the keys are equal: #{claimed.derived_key == made.derived_key}"

# The service config repeats this call if the gateway is unavailable.
found = sessions.get_session(Rke::V1::GetSessionRequest.new(session_id: made.session_id), deadline: Time.now + 5)
puts "state: #{found.session.state}"
