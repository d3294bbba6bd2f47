// Drives GitHub's own scale-set client, unmodified, by commands on standard input: one JSON object a line, one JSON answer a
// line. Commands run side by side; an answer names the command it belongs to. The client's secrets arrive on standard input.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/actions/scaleset"
)

type command struct {
	Seq  int             `json:"seq"`
	Call string          `json:"call"`
	Args json.RawMessage `json:"args"`
}

type answer struct {
	Seq    int      `json:"seq"`
	Result any      `json:"result"`
	Error  string   `json:"error,omitempty"`
	Kinds  []string `json:"kinds,omitempty"`
	TookMs int64    `json:"tookMs"`
}

var (
	out     = json.NewEncoder(os.Stdout)
	outLock sync.Mutex
)

func say(value any) {
	outLock.Lock()
	defer outLock.Unlock()
	if err := out.Encode(value); err != nil {
		os.Exit(1)
	}
}

// kinds names the client's typed errors that err is.
func kinds(err error) []string {
	var found []string
	for name, sentinel := range map[string]error{
		"RunnerNotFound":           scaleset.RunnerNotFoundError,
		"RunnerExists":             scaleset.RunnerExistsError,
		"JobStillRunning":          scaleset.JobStillRunningError,
		"MessageQueueTokenExpired": scaleset.MessageQueueTokenExpiredError,
		"InvalidGitHubConfigURL":   scaleset.ErrInvalidGitHubConfigURL,
	} {
		if errors.Is(err, sentinel) {
			found = append(found, name)
		}
	}
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	calls := &calls{}
	for lines.Scan() {
		var next command
		if err := json.Unmarshal(lines.Bytes(), &next); err != nil {
			say(answer{Error: "not a command: " + err.Error()})
			continue
		}
		go func() {
			start := time.Now()
			result, err := calls.run(ctx, next.Call, next.Args)
			reply := answer{Seq: next.Seq, Result: result, TookMs: time.Since(start).Milliseconds()}
			if err != nil {
				reply.Result, reply.Error, reply.Kinds = nil, err.Error(), kinds(err)
			}
			say(reply)
		}()
	}
}
