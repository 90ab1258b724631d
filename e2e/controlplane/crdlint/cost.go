package crdlint

import (
	"fmt"
	"math"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	structuralcel "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// RuleCost is the API server's worst-case estimate for one CEL rule, over all places where the schema lets its value occur, and the limit that
// the API server sets to it.
type RuleCost struct {
	Path  string
	Cost  uint64
	Limit uint64
}

// ruleCosts estimates every rule of a valid definition, the most expensive first.
func ruleCosts(crd *apiextensions.CustomResourceDefinition) []RuleCost {
	var costs []RuleCost
	add := func(path *field.Path, schema *apiextensions.CustomResourceValidation) {
		if schema == nil || schema.OpenAPIV3Schema == nil {
			return
		}
		root := schema.OpenAPIV3Schema
		walkCosts(root, path.Child("openAPIV3Schema"), validation.RootCELContext(root), &costs)
	}
	spec := field.NewPath("spec")
	// The internal version keeps a schema that all versions share at the top.
	add(spec.Child("validation"), crd.Spec.Validation)
	for i, version := range crd.Spec.Versions {
		add(spec.Child("versions").Index(i).Child("schema"), version.Schema)
	}
	sort.SliceStable(costs, func(i, j int) bool { return costs[i].Cost > costs[j].Cost })
	return costs
}

func walkCosts(schema *apiextensions.JSONSchemaProps, path *field.Path, celContext *validation.CELSchemaContext, costs *[]RuleCost) {
	if len(schema.XValidations) > 0 {
		*costs = append(*costs, costsOf(path, celContext)...)
	}
	for name, property := range schema.Properties {
		walkCosts(&property, path.Child("properties").Key(name), celContext.ChildPropertyContext(&property, name), costs)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		values := schema.AdditionalProperties.Schema
		walkCosts(values, path.Child("additionalProperties"), celContext.ChildAdditionalPropertiesContext(values), costs)
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		walkCosts(schema.Items.Schema, path.Child("items"), celContext.ChildItemsContext(schema.Items.Schema), costs)
	}
}

func costsOf(path *field.Path, celContext *validation.CELSchemaContext) []RuleCost {
	typeInfo, err := celContext.TypeInfo()
	if err != nil || typeInfo == nil {
		// Validation has passed before, so this is a defect of the walk and must not look like a rule that costs nothing.
		panic(fmt.Sprintf("%s: no CEL types: %v", path, err))
	}
	environments := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion(), true)
	compiled, err := structuralcel.Compile(typeInfo.Schema, typeInfo.DeclType, celconfig.PerCallLimit, environments, structuralcel.NewExpressionsEnvLoader())
	if err != nil {
		panic(fmt.Sprintf("%s: %v", path, err))
	}
	costs := make([]RuleCost, 0, len(compiled))
	for i, rule := range compiled {
		cardinality := rule.MaxCardinality
		if celContext.MaxCardinality != nil {
			cardinality = *celContext.MaxCardinality
		}
		costs = append(costs, RuleCost{
			Path:  path.Child("x-kubernetes-validations").Index(i).String(),
			Cost:  saturatingProduct(rule.MaxCost, cardinality),
			Limit: validation.StaticEstimatedCostLimit,
		})
	}
	return costs
}

func saturatingProduct(a, b uint64) uint64 {
	if a != 0 && b > math.MaxUint64/a {
		return math.MaxUint64
	}
	return a * b
}
