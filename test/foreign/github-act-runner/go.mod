// Requires the runner as a program, so that its version and every checksum are pinned here. To change the version, edit
// the line below and build once with the checksum database left out for its authors' modules, which it does not know:
//
//	GONOSUMDB='github.com/actions-oss/*,github.com/ChristopherHX/*' GOFLAGS=-mod=mod \
//		go build -o /dev/null github.com/ChristopherHX/github-act-runner
module drover.test/github-act-runner

go 1.26

require github.com/ChristopherHX/github-act-runner v0.13.0
