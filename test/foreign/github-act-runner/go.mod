module drover.test/github-act-runner

go 1.26

require github.com/ChristopherHX/github-act-runner v0.13.0
