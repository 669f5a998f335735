import com.google.gson.Gson;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import rke.v1.AcknowledgeSessionRequest;
import rke.v1.ClaimSessionRequest;
import rke.v1.ClaimSessionResponse;
import rke.v1.Endpoint;
import rke.v1.GetSessionRequest;
import rke.v1.InitiateSessionRequest;
import rke.v1.RkeSessionServiceGrpc;
import rke.v1.RkeSessionServiceGrpc.RkeSessionServiceBlockingStub;
import rke.v1.WatchSessionsRequest;

/** Initiates a session through an RKE gateway, and receives it: Session GATEWAY RECEIVER. */
public final class Session {
  public static void main(String[] args) throws Exception {
    String[] receiver = args[1].split(":");
    Map<?, ?> config = new Gson().fromJson(Files.readString(Path.of("protos/service-config.json")), Map.class);
    @SuppressWarnings("unchecked")
    ManagedChannel channel = NettyChannelBuilder.forTarget(args[0])
        .usePlaintext()
        .defaultServiceConfig((Map<String, ?>) config)
        .enableRetry()
        .build();
    try {
      RkeSessionServiceBlockingStub sessions = RkeSessionServiceGrpc.newBlockingStub(channel);
      InitiateSessionRequest.Builder request = InitiateSessionRequest.newBuilder()
          .setEndpoint(Endpoint.newBuilder().setHost(receiver[0]).setPort(Integer.parseInt(receiver[1])))
          .setKeySize(7)
          .setIdempotencyKey(UUID.randomUUID().toString());
      try {
        sessions.withDeadlineAfter(5, TimeUnit.SECONDS).initiateSession(request.build());
      } catch (StatusRuntimeException error) {
        System.out.println("refused: " + describe(error));
      }

      var made = sessions.withDeadlineAfter(30, TimeUnit.SECONDS).initiateSession(request.setKeySize(32).build());
      System.out.println("initiated: " + hex(made.getSessionId()));
      var claimed = receive(sessions, made.getSessionId());
      System.out.println("received: " + hex(claimed.getSession().getSessionId()));
      System.out.println("the keys are equal: " + claimed.getDerivedKey().equals(made.getDerivedKey()));

      // The service config repeats this call if the gateway is unavailable.
      var found = sessions.withDeadlineAfter(5, TimeUnit.SECONDS)
          .getSession(GetSessionRequest.newBuilder().setSessionId(made.getSessionId()).build());
      System.out.println("state: " + found.getSession().getState());
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  /** Waits for the session. A receiver in another process would take any session of its peer. */
  private static ClaimSessionResponse receive(RkeSessionServiceBlockingStub sessions, ByteString id) {
    var arrivals = sessions.withDeadlineAfter(30, TimeUnit.SECONDS)
        .watchSessions(WatchSessionsRequest.newBuilder().setConsumer("example").build());
    while (arrivals.hasNext()) {
      if (arrivals.next().getSession().getSessionId().equals(id)) {
        // With the same key, the call can be repeated if its response is lost.
        String key = UUID.randomUUID().toString();
        var claimed = sessions.withDeadlineAfter(5, TimeUnit.SECONDS)
            .claimSession(ClaimSessionRequest.newBuilder().setSessionId(id).setIdempotencyKey(key).build());
        sessions.withDeadlineAfter(5, TimeUnit.SECONDS)
            .acknowledgeSession(AcknowledgeSessionRequest.newBuilder().setSessionId(id).setIdempotencyKey(key).build());
        return claimed;
      }
    }
    throw new IllegalStateException("the gateway ended the stream");
  }

  /** The reason of an error, and its invalid fields. */
  private static String describe(StatusRuntimeException error) throws InvalidProtocolBufferException {
    var text = new StringBuilder();
    for (var detail : StatusProto.fromThrowable(error).getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        text.insert(0, detail.unpack(ErrorInfo.class).getReason());
      } else if (detail.is(BadRequest.class)) {
        detail.unpack(BadRequest.class).getFieldViolationsList().forEach(violation -> text.append(' ').append(violation.getField()));
      }
    }
    return text.length() > 0 ? text.toString() : error.getStatus().getCode().toString();
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
