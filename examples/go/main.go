// Initiates a session through an RKE gateway, and receives it: main GATEWAY RECEIVER
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	rkev1 "rke/v1"
)

// codec is for grpc-go before 1.37 and its old protobuf, as Debian 12 has them. With a current grpc-go, delete it and grpc.ForceCodec.
type codec struct{}

func (codec) Name() string                               { return "proto" }
func (codec) Marshal(message interface{}) ([]byte, error) { return proto.Marshal(message.(proto.Message)) }
func (codec) Unmarshal(data []byte, message interface{}) error {
	return proto.Unmarshal(data, message.(proto.Message))
}

// describe returns the reason of an error, and its invalid fields.
func describe(err error) string {
	var reasons, fields []string
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			reasons = append(reasons, detail.GetReason())
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				fields = append(fields, violation.GetField())
			}
		}
	}
	if len(reasons) == 0 {
		return err.Error()
	}
	return strings.Join(append(reasons, fields...), " ")
}

// receive waits for the session. A receiver in another process would take any session of its peer.
func receive(ctx context.Context, sessions rkev1.RkeSessionServiceClient, id []byte) (*rkev1.ClaimSessionResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	watch, err := sessions.WatchSessions(ctx, &rkev1.WatchSessionsRequest{Consumer: "example"})
	if err != nil {
		return nil, err
	}
	for {
		event, err := watch.Recv()
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(event.GetSession().GetSessionId(), id) {
			continue
		}
		// With the same key, the call can be repeated if its response is lost.
		key := newKey()
		claimed, err := sessions.ClaimSession(ctx, &rkev1.ClaimSessionRequest{SessionId: id, IdempotencyKey: key})
		if err != nil {
			return nil, err
		}
		_, err = sessions.AcknowledgeSession(ctx, &rkev1.AcknowledgeSessionRequest{SessionId: id, IdempotencyKey: key})
		return claimed, err
	}
}

func newKey() string {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		log.Fatal(err)
	}
	return fmt.Sprintf("%x", random)
}

func run(gateway, receiver string) error {
	host, portText, err := net.SplitHostPort(receiver)
	if err != nil {
		return err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return err
	}
	config, err := os.ReadFile("protos/service-config.json")
	if err != nil {
		return err
	}
	connection, err := grpc.Dial(gateway, grpc.WithInsecure(),
		grpc.WithDefaultServiceConfig(string(config)), grpc.WithDefaultCallOptions(grpc.ForceCodec(codec{})))
	if err != nil {
		return err
	}
	defer connection.Close()
	sessions := rkev1.NewRkeSessionServiceClient(connection)

	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	request := &rkev1.InitiateSessionRequest{
		Target:         &rkev1.InitiateSessionRequest_Endpoint{Endpoint: &rkev1.Endpoint{Host: host, Port: uint32(port)}},
		KeySize:        7,
		IdempotencyKey: newKey(),
	}
	short, cancelShort := context.WithTimeout(ctx, 5*time.Second)
	defer cancelShort()
	if _, err := sessions.InitiateSession(short, request); err == nil {
		return errors.New("a key of 7 bytes was accepted")
	} else {
		fmt.Println("refused:", describe(err))
	}

	request.KeySize = 32
	made, err := sessions.InitiateSession(ctx, request)
	if err != nil {
		return err
	}
	fmt.Printf("initiated: %x\n", made.GetSessionId())
	claimed, err := receive(ctx, sessions, made.GetSessionId())
	if err != nil {
		return err
	}
	fmt.Printf("received: %x\n", claimed.GetSession().GetSessionId())
	fmt.Println("the keys are equal:", bytes.Equal(claimed.GetDerivedKey(), made.GetDerivedKey()))

	// The service config repeats this call if the gateway is unavailable.
	found, err := sessions.GetSession(ctx, &rkev1.GetSessionRequest{SessionId: made.GetSessionId()})
	if err != nil {
		return err
	}
	fmt.Println("state:", found.GetSession().GetState())
	return nil
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(describe(err))
	}
}
