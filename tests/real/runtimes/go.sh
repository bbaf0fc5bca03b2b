export GOCACHE=$PWD/gocache GO111MODULE=off CGO_ENABLED=0 HOME=$PWD
rm -rf "$GOCACHE"
go build -o goroutines goroutines.go || echo failed
for run in 1 2 3; do ./goroutines; done
go vet goroutines.go && gofmt -l goroutines.go
