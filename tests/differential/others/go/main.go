// The signer of the AWS SDK for Go: a JSON list of requests a line in, their signed forms out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

type asked struct {
	Method    string      `json:"method"`
	Host      string      `json:"host"`
	Target    string      `json:"target"`
	Headers   [][2]string `json:"headers"`
	Payload   string      `json:"payload"`
	AccessKey string      `json:"access_key"`
	SecretKey string      `json:"secret_key"`
	Token     *string     `json:"token"`
	Region    string      `json:"region"`
	Now       int64       `json:"now"`
	Expires   *int        `json:"expires"`
}

type answer struct {
	Target  string      `json:"target"`
	Headers [][2]string `json:"headers"`
}

var signer = v4.NewSigner(func(options *v4.SignerOptions) {
	options.DisableURIPathEscaping = true
	options.DisableHeaderHoisting = true
})

func sign(one asked) answer {
	path, query, _ := strings.Cut(one.Target, "?")
	request := &http.Request{
		Method: one.Method,
		Host:   one.Host,
		URL:    &url.URL{Scheme: "https", Host: one.Host, Opaque: "//" + one.Host + path, RawQuery: query},
		Header: http.Header{},
	}
	for _, pair := range one.Headers {
		request.Header.Add(pair[0], pair[1])
	}
	keys := aws.Credentials{AccessKeyID: one.AccessKey, SecretAccessKey: one.SecretKey}
	if one.Token != nil {
		keys.SessionToken = *one.Token
	}
	moment := time.Unix(one.Now, 0).UTC()
	target := one.Target
	if one.Expires != nil {
		values := request.URL.Query()
		values.Set("X-Amz-Expires", strconv.Itoa(*one.Expires))
		request.URL.RawQuery = values.Encode()
		signed, _, err := signer.PresignHTTP(context.Background(), keys, request, one.Payload, "s3", one.Region, moment)
		if err != nil {
			log.Fatal(err)
		}
		_, query, _ := strings.Cut(signed, "?")
		target = path + "?" + query
	} else {
		request.Header.Set("X-Amz-Content-Sha256", one.Payload)
		if err := signer.SignHTTP(context.Background(), keys, request, one.Payload, "s3", one.Region, moment); err != nil {
			log.Fatal(err)
		}
		if request.URL.RawQuery != "" {
			target = path + "?" + request.URL.RawQuery
		}
	}
	headers := [][2]string{{"Host", one.Host}}
	for name, values := range request.Header {
		for _, value := range values {
			headers = append(headers, [2]string{name, value})
		}
	}
	return answer{target, headers}
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<26)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var requests []asked
		if err := json.Unmarshal(input.Bytes(), &requests); err != nil {
			log.Fatal(err)
		}
		answers := make([]answer, 0, len(requests))
		for _, one := range requests {
			answers = append(answers, sign(one))
		}
		if err := output.Encode(answers); err != nil {
			log.Fatal(err)
		}
	}
}
