// Oracle runs the command of docker compose for many cases in one process: a case a line of JSON on standard input, its
// outcome a line on standard output, in the same order. A process a case would take thousands of seconds for thousands of cases.
// "oracle schema" prints the JSON Schema of stack files that docker compose checks them with.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/compose-spec/compose-go/v2/schema"
	dockercli "github.com/docker/cli/cli"
	"github.com/docker/cli/cli/command"
	"github.com/docker/cli/cli/flags"
	commands "github.com/docker/compose/v5/cmd/compose"
	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
)

// Case is one call of docker compose.
type Case struct {
	// Folder is where it is run: absolute.
	Folder string `json:"folder"`
	// Files are written below the folder, which is emptied before and taken away afterwards. Without any, the folder is as it is.
	Files map[string]string `json:"files"`
	// Env is the whole environment.
	Env map[string]string `json:"env"`
	// Args follow "docker compose".
	Args []string `json:"args"`
}

// Outcome is what the call gave.
type Outcome struct {
	Exit   int    `json:"exit"`
	Stdout string `json:"stdout"`
	// Stderr has the warnings.
	Stderr string `json:"stderr"`
	// Error is the message that the program would end with.
	Error string `json:"error,omitempty"`
	// Crashed: the program would have ended with a stack trace.
	Crashed bool `json:"crashed,omitempty"`
	// Hung: the program would not have ended. It is the last outcome of this process, which ends with hungExit.
	Hung bool `json:"hung,omitempty"`
}

// A case is a few files: one that uses more of the processor hangs, however busy the machine is. One that waits for
// something uses nothing, and hangs when it has waited this long.
const (
	processorLimit = 10 * time.Second
	waitLimit      = 4 * time.Minute
)

// What hangs cannot be stopped, so the process ends with it: the next cases are for another one.
const hungExit = 3

func main() {
	if len(os.Args) > 1 && os.Args[1] == "schema" {
		fmt.Print(schema.Schema)
		return
	}
	answers := os.Stdout
	cases := json.NewDecoder(os.Stdin)
	encoder := json.NewEncoder(answers)
	encoder.SetEscapeHTML(false)
	for {
		var next Case
		err := cases.Decode(&next)
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil {
			err = prepare(next)
		}
		if err != nil {
			fail(err)
		}
		outcome := runInTime(next)
		if err := encoder.Encode(outcome); err != nil {
			fail(err)
		}
		if len(next.Files) > 0 {
			if err := os.RemoveAll(next.Folder); err != nil {
				fail(err)
			}
		}
		if outcome.Hung {
			os.Exit(hungExit)
		}
	}
}

func runInTime(next Case) Outcome {
	done := make(chan Outcome, 1)
	before := processorTime()
	go func() { done <- run(next) }()
	late := time.After(waitLimit)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case outcome := <-done:
			return outcome
		case <-late:
			return hung("no end after waiting %s", waitLimit)
		case <-look.C:
			if processorTime()-before > processorLimit {
				return hung("no end after %s of the processor", processorLimit)
			}
		}
	}
}

func hung(format string, limit time.Duration) Outcome {
	return Outcome{Exit: 1, Error: fmt.Sprintf(format, limit), Hung: true}
}

// processorTime is what this process has used of the processor.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// prepare makes the process what the case says: its files, its folder, its environment.
func prepare(next Case) error {
	if len(next.Files) > 0 {
		if err := os.RemoveAll(next.Folder); err != nil {
			return err
		}
	}
	for name, text := range next.Files {
		path := filepath.Join(next.Folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	os.Clearenv()
	for name, value := range next.Env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return os.Chdir(next.Folder)
}

// run is what docker compose's own main does, without leaving the process.
func run(next Case) (outcome Outcome) {
	var out, warnings bytes.Buffer
	defer func() {
		if crash := recover(); crash != nil {
			outcome = Outcome{Exit: 2, Error: fmt.Sprint(crash), Crashed: true}
		}
		outcome.Stdout, outcome.Stderr = out.String(), warnings.String()
	}()
	logrus.SetOutput(&warnings)
	logrus.SetFormatter(&logrus.TextFormatter{DisableColors: true, DisableTimestamp: true})
	err := execute(next.Args, &out, &warnings)
	if err == nil {
		return Outcome{}
	}
	exit := 1
	var status dockercli.StatusError
	if errors.As(err, &status) && status.StatusCode != 0 {
		exit = status.StatusCode
	}
	return Outcome{Exit: exit, Error: err.Error()}
}

func execute(args []string, out, warnings io.Writer) error {
	client, err := command.NewDockerCli(command.WithOutputStream(out), command.WithErrorStream(warnings))
	if err != nil {
		return err
	}
	if err := client.Initialize(flags.NewClientOptions()); err != nil {
		return err
	}
	root := &cobra.Command{Use: "docker", TraverseChildren: true, SilenceUsage: true, SilenceErrors: true}
	root.SetOut(out)
	root.SetErr(warnings)
	root.AddCommand(commands.RootCommand(client, &commands.BackendOptions{}))
	root.SetArgs(append([]string{commands.PluginName}, args...))
	return root.ExecuteContext(context.Background())
}
