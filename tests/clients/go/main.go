// AWS SDK for Go v2: bytes, streams, the transfer manager, presigned URLs.
// Arguments: endpoint URL, bucket.  The key comes from the environment.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const mib = 1 << 20

var (
	ctx    = context.Background()
	client *s3.Client
	bucket *string
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must(holds bool, what string, values ...any) {
	if !holds {
		panic(fmt.Sprintf(what, values...))
	}
}

func content(size int) []byte {
	data := make([]byte, size)
	_, err := rand.Read(data)
	check(err)
	return data
}

func same(a, b []byte) bool {
	return sha256.Sum256(a) == sha256.Sum256(b)
}

func get(key string) []byte {
	got, err := client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled,
	})
	check(err)
	defer got.Body.Close()
	data, err := io.ReadAll(got.Body)
	check(err)
	return data
}

func objects() {
	for _, size := range []int{0, 1, 5000, 3 * mib} {
		body, key := content(size), fmt.Sprintf("bytes ü/%d", size)
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: &key, Body: bytes.NewReader(body),
			Metadata: map[string]string{"colour": "blue"},
		})
		check(err)
		must(same(get(key), body), "%s came back changed", key)
		head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: &key})
		check(err)
		must(head.Metadata["colour"] == "blue", "metadata %v", head.Metadata)
	}
	for _, algorithm := range []types.ChecksumAlgorithm{
		types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c,
		types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256,
	} {
		body, key := content(100_000), "checksum/"+string(algorithm)
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: &key, Body: bytes.NewReader(body), ChecksumAlgorithm: algorithm,
		})
		check(err)
		must(same(get(key), body), "%s came back changed", key)
	}
}

// A reader that cannot seek: the transfer manager cuts it into parts.
func transfer() {
	body, key := content(23*mib+5), "transfer"
	up := manager.NewUploader(client, func(u *manager.Uploader) { u.PartSize = 5 * mib })
	_, err := up.Upload(ctx, &s3.PutObjectInput{
		Bucket: bucket, Key: &key, Body: io.MultiReader(bytes.NewReader(body)),
	})
	check(err)
	buffer := manager.NewWriteAtBuffer(nil)
	down := manager.NewDownloader(client, func(d *manager.Downloader) { d.PartSize = 4 * mib })
	_, err = down.Download(ctx, buffer, &s3.GetObjectInput{Bucket: bucket, Key: &key})
	check(err)
	must(same(buffer.Bytes(), body), "the transfer came back changed")
	_, err = client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: bucket, Key: aws.String("copied"), CopySource: aws.String(*bucket + "/transfer"),
	})
	check(err)
	must(same(get("copied"), body), "the copy differs")
}

func presigned() {
	body, key := content(100_000), "presigned ~key"
	signer := s3.NewPresignClient(client)
	put, err := signer.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key})
	check(err)
	request, err := http.NewRequest(put.Method, put.URL, bytes.NewReader(body))
	check(err)
	for name, values := range put.SignedHeader {
		if !strings.EqualFold(name, "host") && !strings.EqualFold(name, "content-length") {
			request.Header[name] = values
		}
	}
	answer, err := http.DefaultClient.Do(request)
	check(err)
	said, _ := io.ReadAll(answer.Body)
	must(answer.StatusCode == 200, "presigned put: %d %s", answer.StatusCode, said)
	url, err := signer.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: &key})
	check(err)
	answer, err = http.Get(url.URL)
	check(err)
	got, err := io.ReadAll(answer.Body)
	check(err)
	must(same(got, body), "the presigned get differs")
}

func code(err error) string {
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		return refusal.ErrorCode()
	}
	return fmt.Sprint(err)
}

func conditions() {
	key, once := "once", "*"
	for _, expected := range []string{"<nil>", "PreconditionFailed"} {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: &key, Body: strings.NewReader("1"), IfNoneMatch: &once,
		})
		must(code(err) == expected, "%v is not %s", err, expected)
	}
	_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("absent")})
	must(code(err) == "NoSuchKey", "%v", err)
}

func listing() {
	var found []types.ObjectIdentifier
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{
		Bucket: bucket, MaxKeys: aws.Int32(3),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(err)
		for _, entry := range page.Contents {
			found = append(found, types.ObjectIdentifier{Key: entry.Key})
		}
	}
	must(len(found) == 4+5+4, "%d keys", len(found))
	gone, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: bucket, Delete: &types.Delete{Objects: found},
	})
	check(err)
	must(len(gone.Deleted) == len(found), "%v", gone.Errors)
}

func main() {
	client = s3.New(s3.Options{
		BaseEndpoint: aws.String(os.Args[1]),
		Region:       "us-east-1",
		UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
		RetryMaxAttempts: 1,
	})
	bucket = aws.String(os.Args[2])
	objects()
	transfer()
	presigned()
	conditions()
	listing()
	fmt.Println("done")
}
