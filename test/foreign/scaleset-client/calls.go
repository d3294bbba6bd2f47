package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/actions/scaleset"
)

// args are the members that any of the commands takes.
type args struct {
	ConfigURL      string                  `json:"configUrl"`
	Token          string                  `json:"token"`
	App            *scaleset.GitHubAppAuth `json:"app"`
	RetryMax       int                     `json:"retryMax"`
	RetryWaitMaxMs int                     `json:"retryWaitMaxMs"`
	ID             int                     `json:"id"`
	IDs            []int64                 `json:"ids"`
	Name           string                  `json:"name"`
	WorkFolder     string                  `json:"workFolder"`
	GroupID        int                     `json:"groupId"`
	ScaleSet       scaleset.RunnerScaleSet `json:"scaleSet"`
	Owner          string                  `json:"owner"`
	LastMessageID  int                     `json:"lastMessageId"`
	Capacity       int                     `json:"capacity"`
	MaxRunners     int                     `json:"maxRunners"`
}

// calls holds the client and its session between commands.
type calls struct {
	lock    sync.Mutex
	client  *scaleset.Client
	session *scaleset.MessageSessionClient
	listen  listening
}

func (c *calls) run(ctx context.Context, call string, raw json.RawMessage) (any, error) {
	var a args
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, fmt.Errorf("arguments of %s: %w", call, err)
		}
	}
	if call == "open" {
		return nil, c.open(a)
	}
	c.lock.Lock()
	client, session := c.client, c.session
	c.lock.Unlock()
	if client == nil {
		return nil, fmt.Errorf("%s before open", call)
	}
	switch call {
	case "group":
		return client.GetRunnerGroupByName(ctx, a.Name)
	case "scaleSetByName":
		return client.GetRunnerScaleSet(ctx, a.GroupID, a.Name)
	case "scaleSet":
		return client.GetRunnerScaleSetByID(ctx, a.ID)
	case "createScaleSet":
		return client.CreateRunnerScaleSet(ctx, &a.ScaleSet)
	case "updateScaleSet":
		return client.UpdateRunnerScaleSet(ctx, a.ID, &a.ScaleSet)
	case "deleteScaleSet":
		return nil, client.DeleteRunnerScaleSet(ctx, a.ID)
	case "jit":
		setting := &scaleset.RunnerScaleSetJitRunnerSetting{Name: a.Name, WorkFolder: a.WorkFolder}
		return client.GenerateJitRunnerConfig(ctx, setting, a.ID)
	case "runner":
		return client.GetRunner(ctx, a.ID)
	case "runnerByName":
		return client.GetRunnerByName(ctx, a.Name)
	case "removeRunner":
		return nil, client.RemoveRunner(ctx, int64(a.ID))
	case "openSession":
		opened, err := client.MessageSessionClient(ctx, a.ID, a.Owner)
		if err != nil {
			return nil, err
		}
		c.lock.Lock()
		c.session = opened
		c.lock.Unlock()
		return opened.Session(), nil
	}
	if session == nil {
		return nil, fmt.Errorf("%s before openSession, or no such call", call)
	}
	switch call {
	case "session":
		return session.Session(), nil
	case "message":
		return session.GetMessage(ctx, a.LastMessageID, a.Capacity)
	case "deleteMessage":
		return nil, session.DeleteMessage(ctx, a.ID)
	case "acquire":
		return session.AcquireJobs(ctx, a.IDs)
	case "closeSession":
		return nil, session.Close(ctx)
	case "listen":
		return nil, c.listen.run(ctx, session, a)
	case "setMaxRunners":
		return nil, c.listen.setMaxRunners(a.MaxRunners)
	case "stopListening":
		return nil, c.listen.stop()
	}
	return nil, fmt.Errorf("no call %q", call)
}

func (c *calls) open(a args) error {
	info := scaleset.SystemInfo{System: "drover-test", Version: "0", CommitSHA: "0", Subsystem: "foreign"}
	options := []scaleset.HTTPOption{
		scaleset.WithRetryMax(a.RetryMax),
		scaleset.WithRetryWaitMax(time.Duration(a.RetryWaitMaxMs) * time.Millisecond),
	}
	var client *scaleset.Client
	var err error
	if a.App != nil {
		client, err = scaleset.NewClientWithGitHubApp(scaleset.ClientWithGitHubAppConfig{
			GitHubConfigURL: a.ConfigURL, GitHubAppAuth: *a.App, SystemInfo: info,
		}, options...)
	} else {
		client, err = scaleset.NewClientWithPersonalAccessToken(scaleset.NewClientWithPersonalAccessTokenConfig{
			GitHubConfigURL: a.ConfigURL, PersonalAccessToken: a.Token, SystemInfo: info,
		}, options...)
	}
	if err != nil {
		return err
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	c.client, c.session = client, nil
	return nil
}
