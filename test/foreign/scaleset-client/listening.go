package main

import (
	"context"
	"errors"
	"sync"

	"github.com/actions/scaleset"
	"github.com/actions/scaleset/listener"
)

// listening is one run of the library's listener; whatever it tells its scaler is printed.
type listening struct {
	lock   sync.Mutex
	active *listener.Listener
	cancel context.CancelFunc
}

type event struct {
	Event      string                            `json:"event"`
	Count      int                               `json:"count"`
	Job        string                            `json:"job,omitempty"`
	Runner     string                            `json:"runner,omitempty"`
	Result     string                            `json:"result,omitempty"`
	Statistics *scaleset.RunnerScaleSetStatistic `json:"statistics,omitempty"`
}

func (l *listening) run(ctx context.Context, session *scaleset.MessageSessionClient, a args) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	active, err := listener.New(
		session,
		listener.Config{ScaleSetID: a.ID, MaxRunners: a.MaxRunners},
		listener.WithMetricsRecorder(printer{}),
	)
	if err != nil {
		return err
	}
	l.lock.Lock()
	l.active, l.cancel = active, cancel
	l.lock.Unlock()
	return active.Run(ctx, printer{})
}

func (l *listening) setMaxRunners(count int) error {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.active == nil {
		return errors.New("nothing listens")
	}
	l.active.SetMaxRunners(count)
	return nil
}

func (l *listening) stop() error {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.cancel == nil {
		return errors.New("nothing listens")
	}
	l.cancel()
	return nil
}

// printer is a scaler and a metrics recorder that only tells what it heard.
type printer struct{}

func (printer) HandleJobStarted(_ context.Context, job *scaleset.JobStarted) error {
	say(event{Event: "started", Job: job.JobID, Runner: job.RunnerName})
	return nil
}

func (printer) HandleJobCompleted(_ context.Context, job *scaleset.JobCompleted) error {
	say(event{Event: "completed", Job: job.JobID, Runner: job.RunnerName, Result: job.Result})
	return nil
}

func (printer) HandleDesiredRunnerCount(_ context.Context, count int) (int, error) {
	say(event{Event: "desired", Count: count})
	return count, nil
}

func (printer) RecordStatistics(statistics *scaleset.RunnerScaleSetStatistic) {
	say(event{Event: "statistics", Statistics: statistics})
}

func (printer) RecordJobStarted(*scaleset.JobStarted)     {}
func (printer) RecordJobCompleted(*scaleset.JobCompleted) {}
func (printer) RecordDesiredRunners(int)                  {}
